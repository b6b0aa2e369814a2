"""Draining the old node group; the work itself runs in the triggerer, and may ask a person."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import run
from eks_upgrade_airflow.connection.ended_instances import ended_instances
from eks_upgrade_airflow.operators.kubernetes import KubernetesStepOperator
from eks_upgrade_airflow.operators.nodes.drain_question import AsksAPerson
from eks_upgrade_airflow.operators.nodes.new_group import AwaitsNewGroup
from eks_upgrade_airflow.run.attempts import load_attempts, record_attempt
from eks_upgrade_airflow.run.drain_session import DrainSession
from eks_upgrade_airflow.run.events import ASKS
from eks_upgrade_airflow.run.lock import holder_of, minutes_beyond
from eks_upgrade_airflow.triggers.drain import EksDrainTrigger
from eks_upgrade_airflow.ui.links import ReportLink, tells_where_the_report_is
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.drain.blocked.policy import check_when_blocked
from include.eks_upgrade.drain.options import DEFAULTS, DrainOptions, word_problems
from include.eks_upgrade.drain.precheck import Precheck, precheck
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.selectors import parse_selector
from include.eks_upgrade.nodes.managed.recheck import NewGroup

if TYPE_CHECKING:
    from airflow.sdk import Context

FIRST_PAUSE = 5.0
"""Seconds before a drain begins again when nobody answered; the trigger lengthens them."""


class EksDrainNodesOperator(AwaitsNewGroup, AsksAPerson):
    """Move every evictable pod off some nodes, within the disruption budgets; deferrable.

    The options are those of `kubectl drain`; what a drain without them would refuse is logged
    pod by pod, and what these do not allow is refused before anything is evicted. Pods that are
    blocked are dealt with as `when_blocked` says; with `ask` the task awaits a person's answer
    ("Required actions" in Airflow's UI) and then goes on with it, as often as it takes.

    The nodes are those of an EKS cluster (`cluster_name`, `aws_conn_id`, `region_name`) or of any
    cluster (`kubernetes_conn_id`); either `nodegroup_name` or `node_selector` says which. The
    cluster's lock is held meanwhile; `EksUnlockClusterOperator` gives it back.

    Args:
        nodegroup_name: the node group to drain, by EKS's own label of its nodes.
        node_selector: drain the nodes that this label selector finds, such as `pool=old,!spot`.
        replacement_name: the node group that takes the pods: it must be ready before anything is
            evicted. Empty: wherever the scheduler finds room. EKS is asked about it.
        to_version: Kubernetes minor of the replacement's nodes (`1.26`).
        ready_percent: percent of the replacement's nodes that must be Ready, looked at again.
        readiness_minutes: how long they are waited for when they are not at that moment.
        ignore_daemonsets: leave DaemonSet pods where they are; on unless it is said otherwise.
        delete_emptydir_data: evict pods whose emptyDir data is lost.
        force_unmanaged_pods: evict pods that no controller brings back.
        pod_grace_period_seconds: seconds each pod gets to stop; None leaves each its own.
        pod_selector: only pods with these labels are drained; empty: all.
        disable_eviction: delete instead of evicting, which no disruption budget sees.
        dry_run: ask the API server only whether it would; nothing changes.
        timeout_minutes: minutes until it gives up, with the name of every pod that is left; the
            time in which a person is asked counts.
        when_blocked: by class of blocked pods, what to do; see docs/parameters.md.
        may_delete_blocked_pods: whether `delete` may go past budgets.
        delete_blocked_after_minutes: how long a pod must have been blocked before that.
        delete_pause_seconds: between two such deletions.
        load_balancer_drain_seconds: above 0, each empty node is labelled out of the load
            balancers; `EksDeleteNodegroupOperator` waits so long after that.
        unbudgeted_workloads: `rolling`: of a workload without a budget only as many pods go at a
            time as its own strategy allows; `at_once`: all.
        unready_patience_minutes: how long such a workload may take to recover; after that its
            pods go one at a time all the same.
        single_replicas: `evict` a Deployment's only pod, or `restart` its rollout, which starts
            the new pod first.
        nodes_at_once: how many nodes are emptied at the same time: a number, a percentage
            (`25%`), or empty for all.
        running_jobs: `wait` until the pods of running Jobs have come to their end, or `evict`
            them.
        job_patience_minutes: how long they are waited for; then they are evicted.
        requests_per_second: share of the API server that this drain takes at most.
        before: what was broken before the run (`BrokenBefore.as_json`): both node groups and the
            cluster's add-ons are looked at during the drain, and it is logged when one is not well
            that was; None: since the drain began.
        waiter_delay: seconds between two looks at them, halved.
        ask_again_minutes: when a person says to keep waiting, how long until the next question.
        deferrable: whether it drains in the triggerer; False holds a worker slot until the end.
    """

    options_names = (
        "ignore_daemonsets", "delete_emptydir_data", "force_unmanaged_pods", "pod_selector",
        "disable_eviction", "dry_run", "timeout_minutes", "when_blocked",
        "may_delete_blocked_pods", "delete_blocked_after_minutes", "delete_pause_seconds",
        "load_balancer_drain_seconds", "unbudgeted_workloads", "unready_patience_minutes",
        "single_replicas", "nodes_at_once", "running_jobs", "job_patience_minutes",
        "requests_per_second",
    )  # fmt: skip
    template_fields: Sequence[str] = (
        *KubernetesStepOperator.template_fields, "nodegroup_name", "node_selector",
        "replacement_name", "to_version", "ready_percent", "readiness_minutes",
        "pod_grace_period_seconds", "ask_again_minutes", "before", "waiter_delay",
        *options_names,
    )  # fmt: skip
    operator_extra_links = (ReportLink(),)
    holds_lock = True

    def __init__(  # noqa: PLR0913 - the options of kubectl drain, each an argument of its own
        self,
        *,
        nodegroup_name: str = "",
        node_selector: str = "",
        replacement_name: str = "",
        to_version: str = "",
        ready_percent: int = 100,
        ignore_daemonsets: bool = DEFAULTS.ignore_daemonsets,
        delete_emptydir_data: bool = DEFAULTS.delete_emptydir_data,
        force_unmanaged_pods: bool = DEFAULTS.force_unmanaged_pods,
        pod_grace_period_seconds: int | None = DEFAULTS.grace_period_seconds,
        pod_selector: str = DEFAULTS.pod_selector,
        disable_eviction: bool = DEFAULTS.disable_eviction,
        dry_run: bool = DEFAULTS.dry_run,
        timeout_minutes: float = DEFAULTS.timeout_minutes,
        when_blocked: Mapping[str, str] | None = None,
        may_delete_blocked_pods: bool = DEFAULTS.may_delete_blocked_pods,
        delete_blocked_after_minutes: float = DEFAULTS.delete_blocked_after_minutes,
        delete_pause_seconds: float = DEFAULTS.delete_pause_seconds,
        load_balancer_drain_seconds: float = DEFAULTS.load_balancer_drain_seconds,
        unbudgeted_workloads: str = DEFAULTS.unbudgeted_workloads,
        unready_patience_minutes: float = DEFAULTS.unready_patience_minutes,
        single_replicas: str = DEFAULTS.single_replicas,
        nodes_at_once: str | int | None = DEFAULTS.nodes_at_once,
        running_jobs: str = DEFAULTS.running_jobs,
        job_patience_minutes: float = DEFAULTS.job_patience_minutes,
        requests_per_second: float = DEFAULTS.requests_per_second,
        before: Mapping[str, Any] | None = None,
        waiter_delay: float = 30.0,
        ask_again_minutes: float = 30.0,
        deferrable: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.node_selector = node_selector
        self.replacement_name = replacement_name
        self.to_version = to_version
        self.ready_percent = ready_percent
        self.ignore_daemonsets = ignore_daemonsets
        self.delete_emptydir_data = delete_emptydir_data
        self.force_unmanaged_pods = force_unmanaged_pods
        self.pod_grace_period_seconds = pod_grace_period_seconds
        self.pod_selector = pod_selector
        self.disable_eviction = disable_eviction
        self.dry_run = dry_run
        self.timeout_minutes = timeout_minutes
        self.when_blocked = when_blocked
        self.may_delete_blocked_pods = may_delete_blocked_pods
        self.delete_blocked_after_minutes = delete_blocked_after_minutes
        self.delete_pause_seconds = delete_pause_seconds
        self.load_balancer_drain_seconds = load_balancer_drain_seconds
        self.unbudgeted_workloads = unbudgeted_workloads
        self.unready_patience_minutes = unready_patience_minutes
        self.single_replicas = single_replicas
        self.nodes_at_once = nodes_at_once
        self.running_jobs = running_jobs
        self.job_patience_minutes = job_patience_minutes
        self.requests_per_second = requests_per_second
        self.before = before
        self.waiter_delay = waiter_delay
        self.ask_again_minutes = ask_again_minutes
        self.deferrable = deferrable

    def execute(self, context: "Context") -> dict[str, Any]:
        """Drain, holding the lock for longer than the drain may take."""
        self.lock_minutes = max(float(self.lock_minutes), minutes_beyond([self.timeout_minutes]))
        with tells_where_the_report_is(context):
            return super().execute(context)

    def resume(self, context: "Context", event: Mapping[str, Any]) -> dict[str, Any]:
        """Go on with what the trigger saw."""
        with tells_where_the_report_is(context):
            return super().resume(context, event)

    def argument_problems(self) -> list[Problem]:
        """Whatever cannot be, of the cluster, the nodes and the answers to blocked pods."""
        options = self.options()
        return [
            *super().argument_problems(),
            *self._target_problems(),
            *check_when_blocked(options.when_blocked, may_delete=options.may_delete_blocked_pods),
            *word_problems(options),
        ]

    def step(self, context: "Context") -> StepResult:
        """Check the nodes, then drain them."""
        options = self.options()
        found = run(self._precheck(options))
        if not found.nodes:
            return StepResult(
                f"{self.target.title}: no nodes",
                data={"moved": 0, "by_node": {}},
                obstacles=found.obstacles,
            )
        self._check_new_group()
        if not options.dry_run:
            record_attempt(context, found.obstacles, _to_move(found))
        return self.drain_on(
            context, DrainSession.begun(time.time(), self.timeout_minutes, options.when_blocked)
        )

    async def _precheck(self, options: DrainOptions) -> Precheck:
        ended = None if self.kubernetes_conn_id else partial(ended_instances, self.address)
        rate = options.requests_per_second
        async with KubeClient(self.access, requests_per_second=rate) as kube:
            return await precheck(kube, self.target, options, ended=ended)

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        """The drain's result, its obstacles among it; or the question it ended with."""
        if "state" not in event:
            return self._answered_earlier_question(context, event)
        session = DrainSession.from_json(event["carry"])
        if event["state"] == ASKS:
            self.ask(context, event, session.asked(event))
        attempts = load_attempts(context)
        result = session.step_result(self.target.title, event, attempts.by_node)
        return attempts.added_to(result)

    @property
    def target(self) -> Target:
        """The nodes to drain."""
        if self.node_selector:
            return Target.labelled(self.node_selector)
        return Target.node_group(self.nodegroup_name)

    def _target_problems(self) -> list[Problem]:
        found = []
        if bool(self.nodegroup_name) == bool(self.node_selector):
            what = "both are given" if self.node_selector else "neither is given"
            remedy = "name the node group, or select nodes by their labels"
            found.append(Problem("nodegroup_name and node_selector", what, remedy))
        try:
            parse_selector(self.node_selector)
        except Refused as error:
            found += error.problems
        if self.replacement_name and self.kubernetes_conn_id:
            what = "whether it is ready is asked of EKS, and kubernetes_conn_id leads past AWS"
            found.append(Problem("replacement_name", what, "leave it out, or name the EKS cluster"))
        if self.replacement_name and not self.to_version:
            what = "which version its nodes must have is not said"
            found.append(Problem("replacement_name", what, "give to_version"))
        return found

    def _check_new_group(self) -> None:
        if self.replacement_name:
            new = NewGroup(self.replacement_name, self.to_version, self.ready_percent)
            self.await_new_group(self.nodegroup_name or self.node_selector, new)

    def options(self) -> DrainOptions:
        given = {name: getattr(self, name) for name in self.options_names}
        wanted = DEFAULTS.when_blocked if self.when_blocked is None else self.when_blocked
        given["when_blocked"] = dict(wanted)
        given["nodes_at_once"] = self.nodes_at_once or DEFAULTS.nodes_at_once
        return DrainOptions(grace_period_seconds=self.pod_grace_period_seconds, **given)

    def drain_on(self, context: "Context", session: DrainSession) -> StepResult:
        """Drain from here on: in the triggerer, or in this process."""
        trigger = EksDrainTrigger(
            cluster_name=self.address.cluster,
            aws_conn_id=self.address.aws_conn_id,
            region_name=self.address.region,
            role_arn=self.address.role_arn,
            poll_seconds=FIRST_PAUSE,
            deadline=session.deadline,
            began=session.began,
            kubernetes_conn_id=self.kubernetes_conn_id or None,
            nodegroup_name=self.nodegroup_name,
            node_selector=self.node_selector,
            options={**asdict(self.options()), "when_blocked": dict(session.when_blocked)},
            mark=holder_of(context),
            not_before=session.not_before,
            carry=session.as_json(),
            health=self._health(),
        )
        if self.deferrable:
            return self.wait_for(trigger)
        self.log.info("waiting for the %s", trigger.awaited)
        return self.after_wait(context, run(trigger.ended()))

    def _health(self) -> dict[str, Any] | None:
        """What is looked at besides, where AWS can be asked."""
        if self.kubernetes_conn_id:
            return None
        return self.health(self.nodegroup_name, self.replacement_name)


def _to_move(found: Precheck) -> Counter[str]:
    """How many pods go, or are going, by node."""
    return Counter(each.pod.node for each in found.filtered if each.action in {"evict", "leaving"})
