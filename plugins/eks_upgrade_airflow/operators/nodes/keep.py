"""Keeping the old node group for a bake, before it is deleted."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator, run
from eks_upgrade_airflow.operators.nodes.load_balancers import AwaitsLoadBalancers
from eks_upgrade_airflow.run.events import DONE, FAILED, LATE, result_of
from eks_upgrade_airflow.run.lock import minutes_beyond
from eks_upgrade_airflow.run.stages import RELEASE
from eks_upgrade_airflow.triggers.update import EksUpdateTrigger
from eks_upgrade_airflow.triggers.verification import EksBakeTrigger
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.errors import Refused, Stuck
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.stages import Stage
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.drain.options import DEFAULTS
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.nodes.managed.deletion import may_delete
from include.eks_upgrade.nodes.managed.keep import oldest_minor, take_to_zero
from include.eks_upgrade.nodes.managed.keep_at import SIZE, ZERO
from include.eks_upgrade.nodes.managed.recheck import read_evictable_pods
from include.eks_upgrade.verification.baseline import GroupId
from include.eks_upgrade.verification.patience import WORSE_MINUTES

if TYPE_CHECKING:
    from airflow.sdk import Context

UNTIL_KEY = "bake_until_"
"""Until when the bake goes (task_state_store): a try that follows goes on with it."""

LOOK_SECONDS = 15.0
"""Seconds between two looks at the workloads at most."""

UPDATE_MINUTES = 45.0
"""How long EKS may take to end the nodes of a group that goes to zero."""


class EksKeepNodegroupOperator(AwaitsLoadBalancers, EksStepOperator):
    """Keep the old group, fenced, and look at the workloads all the while; deferrable.

    Without minutes it does nothing. A workload that becomes worse ends it, and the group stays.
    `data` has `kept_minutes`, and `notes` where the group stayed at its size.

    Args:
        nodegroup_name: the old group.
        replacement_name: the new group, whose health is logged; empty: none.
        keep_minutes: how long.
        keep_at: `size`, with its nodes, or `zero`, without; its sizes stand in its mark then.
        worse_minutes: minutes after which a workload that is worse counts.
        load_balancer_drain_seconds: as `EksDeleteNodegroupOperator` takes it; of use at `zero`.
        waiter_delay: seconds between two looks, at most 15.
        before: what was broken before the run, see `EksDrainNodesOperator`.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "nodegroup_name", "replacement_name", "keep_minutes", "keep_at", "worse_minutes",
        "load_balancer_drain_seconds", "waiter_delay", "before",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913 - each an argument of its own, as Airflow takes them
        self,
        *,
        nodegroup_name: str,
        replacement_name: str = "",
        keep_minutes: float = 0.0,
        keep_at: str = SIZE,
        worse_minutes: float = WORSE_MINUTES,
        load_balancer_drain_seconds: float = DEFAULTS.load_balancer_drain_seconds,
        waiter_delay: float = 30.0,
        before: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.replacement_name = replacement_name
        self.keep_minutes = keep_minutes
        self.keep_at = keep_at
        self.worse_minutes = worse_minutes
        self.load_balancer_drain_seconds = load_balancer_drain_seconds
        self.waiter_delay = waiter_delay
        self.before = before

    def execute(self, context: "Context") -> dict[str, Any]:
        """Keep it, holding the lock for longer than that."""
        waits = [self.minutes, self.load_balancer_minutes, UPDATE_MINUTES]
        self.lock_minutes = max(float(self.lock_minutes), minutes_beyond(waits))
        self.holds_lock = self.minutes > 0
        return super().execute(context)

    @property
    def minutes(self) -> float:
        """How long it is kept; 0: not at all."""
        return float(self.keep_minutes or 0)

    def step(self, context: "Context") -> StepResult:
        """Take the nodes away where that is wanted, then look until the time is over."""
        name = self.nodegroup_name
        if self.minutes <= 0:
            return StepResult(f"node group '{name}' is not kept: keep_old_group_minutes is 0")
        group = read_node_group(self.clients.eks, self.cluster_name, name)
        if group is None or group.get("status") == "DELETING":
            return StepResult(f"node group '{name}' is gone or going, there is nothing to keep")
        zero = self._to_zero(context) if self.keep_at == ZERO else StepResult("")
        return self._bake(context, group, zero)

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        """After the load balancers or EKS: look again; after the bake: what it came to."""
        carry = event.get("carry") or {}
        if not carry.get("bake"):
            waited = result_of(event)
            zero = StepResult.from_json(carry["zero"]) if "zero" in carry else StepResult("")
            result = self.step(context) if "zero" not in carry else self._go_on(context, zero)
            return replace(result, waits=(*waited.waits, *result.waits))
        context["task_state_store"].delete(self._key(context))
        if event["state"] in {FAILED, LATE}:
            raise Stuck(self._stopped(event["detail"]))
        result, zero = result_of(event), StepResult.from_json(carry["zero"])
        return self._result(result, zero) if event["state"] == DONE else result

    def _to_zero(self, context: "Context") -> StepResult:
        """Nothing may be left on nodes that EKS ends without asking any budget."""
        name = self.nodegroup_name
        problem = may_delete(run(read_evictable_pods(self.clients, self.access, name)))
        if problem:
            raise Refused(f"node group '{name}' is not taken to zero", [problem])
        self.await_load_balancers(context)
        version = oldest_minor(run(self._kubelets()))
        zero = take_to_zero(self.clients, self.cluster_name, name, version=version)
        if zero.data["update_id"] is None:
            return zero
        self.wait_for(
            EksUpdateTrigger.within(
                UPDATE_MINUTES,
                self.address,
                poll_seconds=float(self.waiter_delay),
                update_id=zero.data["update_id"],
                nodegroup_name=name,
                health=self.health(name, self.replacement_name),
                carry={"zero": zero.as_json()},
            )
        )
        raise AssertionError("a wait does not return")

    async def _kubelets(self) -> list[str]:
        async with KubeClient(self.access) as kube:
            return [node.kubelet_version for node in await kube.nodes(self.nodegroup_name)]

    def _go_on(self, context: "Context", zero: StepResult) -> StepResult:
        group = read_node_group(self.clients.eks, self.cluster_name, self.nodegroup_name)
        if group is None:
            return StepResult(f"node group '{self.nodegroup_name}' is gone, nothing is kept")
        return self._bake(context, group, zero)

    def _bake(self, context: "Context", group: Raw, zero: StepResult) -> StepResult:
        """Look at the workloads until the time is over; a try before this one has begun it."""
        store, key = context["task_state_store"], self._key(context)
        begun: Any = store.get(key)
        until = float(begun or time.time() + self.minutes * 60)
        store.set(key, until)
        spare = 3 * float(self.worse_minutes or 0) + 5
        return self.wait_for(
            EksBakeTrigger.within(
                max(0.0, until - time.time()) / 60 + spare,
                self.address,
                poll_seconds=min(LOOK_SECONDS, float(self.waiter_delay)),
                nodegroup_name=self.nodegroup_name,
                nodegroup_arn=GroupId.of(group).arn,
                worse_minutes=float(self.worse_minutes or 0),
                until=until,
                health=self.health(self.nodegroup_name, self.replacement_name),
                carry={"bake": True, "zero": zero.as_json()},
            )
        )

    def _result(self, baked: StepResult, zero: StepResult) -> StepResult:
        text = f"node group '{self.nodegroup_name}' was kept for {self.minutes:g} minutes"
        data = {
            **baked.data,
            "kept_minutes": self.minutes,
            "notes": list(zero.data.get("notes") or ()),
        }
        text = f"{zero.text}; {text}" if zero.changed else text
        return replace(baked, text=f"{text}: {baked.text}", changed=zero.changed, data=data)

    def _stopped(self, why: str) -> str:
        at = "without its nodes" if self.keep_at == ZERO else "with its nodes"
        return (
            f"The bake of node group '{self.nodegroup_name}' of cluster '{self.cluster_name}' did "
            f"not end well: {why}. The group is kept, fenced, {at}; nothing was deleted. Repair "
            f"what is worse and repeat {Stage.BAKE.title}, which begins anew; or go back: {RELEASE}"
            " with return_to_old_nodes"
        )

    @staticmethod
    def _key(context: "Context") -> str:
        return UNTIL_KEY + context["ti"].task_id
