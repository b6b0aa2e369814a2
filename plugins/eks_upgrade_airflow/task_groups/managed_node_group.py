"""Replacing one managed node group by a new one beside it: image to last look, a task each."""

from dataclasses import KW_ONLY, dataclass
from typing import Any, NamedTuple

from airflow.sdk import TriggerRule, task_group

from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from eks_upgrade_airflow.operators.nodes.fence import EksFenceNodegroupOperator
from eks_upgrade_airflow.operators.nodes.images import EksLookupAmiOperator
from eks_upgrade_airflow.operators.nodes.keep import EksKeepNodegroupOperator
from eks_upgrade_airflow.operators.nodes.launch_template import EksPrepareLaunchTemplateOperator
from eks_upgrade_airflow.operators.nodes.nodegroup import (
    EksCloneNodegroupOperator,
    EksDeleteNodegroupOperator,
)
from eks_upgrade_airflow.operators.nodes.smoke_test import EksSmokeTestOperator
from eks_upgrade_airflow.operators.plan import EksPlanStepsOperator
from eks_upgrade_airflow.sensors.nodegroup import (
    EksNodegroupDeletionSensor,
    EksNodegroupGoneSensor,
    EksNodegroupReadySensor,
)
from eks_upgrade_airflow.sensors.turn import EksNodegroupTurnSensor
from eks_upgrade_airflow.sensors.verification import EksWorkloadsSensor
from eks_upgrade_airflow.task_groups import APPROVAL, Values, chosen
from eks_upgrade_airflow.task_groups.deletion_recovery import recover_deletion
from eks_upgrade_airflow.task_groups.part import Part, named
from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.blocked.policy import parameter_of

ANSWERS = {kind: parameter_of(kind) for kind in BlockClass}

NAMED_BY_GROUP = "{{ task.cluster_name }}/{{ task.nodegroup_name }}"
"""How a mapped task is called in the UI, where runs of many clusters stand side by side."""


IMAGE = (
    "ami_source",
    "ami_family",
    "ami_name_pattern",
    "ami_owner",
    "ami_id",
    "replace_custom_image",
)
"""The parameters that say which image the new nodes get."""


class Replacement(NamedTuple):
    """The tasks with which the replacement of one node group begins and ends."""

    first: Any
    last: Any


def replace_node_groups(steps: EksPlanStepsOperator, *, cluster: Values, values: Values) -> Any:
    """The mapped group `node_group`: one old node group of the plan each, in the plan's order.

    Airflow 3.3 has no limit for how many of a mapped group go side by side, so each group's first
    task waits for its turn.
    """
    groups: Any = steps.output

    @task_group(group_id="node_group", tooltip="Replaces one old node group by a new one.")
    def node_group(
        nodegroup_name: Any,
        replacement_name: Any,
        to_version: Any,
        planned_image_id: Any,
        before: Any,
    ) -> None:
        replacement = replace_managed_node_group(
            nodegroup_name=nodegroup_name,
            replacement_name=replacement_name,
            to_version=to_version,
            planned_image_id=planned_image_id,
            before=before,
            cluster=cluster,
            values=values,
        )
        await_turn = EksNodegroupTurnSensor(
            task_id="await_turn",
            doc_md="Waits until it is this group's turn: a canary first, then so many at a time.",
            nodegroup_name=nodegroup_name,
            groups=groups,
            last_task_id=replacement.last.task_id,
            trigger_rule=TriggerRule.NONE_FAILED,
            map_index_template=NAMED_BY_GROUP,
            **chosen(values, "max_groups_at_once", waiter_delay="poll_seconds"),
            **cluster,
        )
        await_turn >> replacement.first

    return node_group.expand_kwargs(groups)


def replace_managed_node_group(  # noqa: PLR0913 - what is asked of one group, by name
    *,
    nodegroup_name: Any,
    replacement_name: Any,
    to_version: Any,
    planned_image_id: Any = None,
    before: Any = None,
    cluster: Values,
    values: Values,
) -> Replacement:
    """Wire the tasks; call it in a task group, a mapped one or a plain one.

    Args:
        nodegroup_name: the old group.
        replacement_name: the new group.
        to_version: Kubernetes minor of the new nodes (`1.26`).
        planned_image_id: see `EksLookupAmiOperator`.
        before: what was broken before the run, see `EksDrainNodesOperator`.
        cluster: which cluster.
        values: by the names of docs/parameters.md.
    """
    step = _Step(
        nodegroup_name, replacement_name, to_version, before=before, cluster=cluster, values=values
    )
    with Part("new_nodes", "new nodes", "A group of new nodes beside the old one, and its test."):
        look_up_ami, ready = _new_nodes(step, planned_image_id)
    with Part("move_pods", "move the pods", "Fence, drain, and the proof that all is as before."):
        fence_old, verified = _move_pods(step)
    with Part("remove_old", "remove the old group", "Its bake, its deletion, and the last look."):
        keep_old, await_deletion, confirm_gone = _remove_old(step)
    ready >> fence_old
    verified >> keep_old
    recovery = recover_deletion(
        nodegroup_name, common=step.common, values=values, beside=step.beside
    )
    await_deletion >> recovery >> confirm_gone
    await_deletion >> confirm_gone
    return Replacement(look_up_ami, confirm_gone)


@dataclass(frozen=True)
class _Step:
    """What the tasks of one replacement are given; see `replace_managed_node_group`."""

    nodegroup_name: Any
    replacement_name: Any
    to_version: Any
    _: KW_ONLY
    before: Any
    cluster: Values
    values: Values

    @property
    def common(self) -> dict[str, Any]:
        """On every task, so that each is named by its group in the UI where the group is mapped."""
        return {**self.cluster, "map_index_template": NAMED_BY_GROUP}

    @property
    def old(self) -> dict[str, Any]:
        return {"nodegroup_name": self.nodegroup_name, **self.common}

    @property
    def both(self) -> dict[str, Any]:
        return {"replacement_name": self.replacement_name, **self.old}

    @property
    def beside(self) -> dict[str, Any]:
        """Waits tell when one of them, or an add-on, becomes DEGRADED."""
        return {"before": self.before, "replacement_name": self.replacement_name}

    @property
    def ready(self) -> dict[str, Any]:
        """What proves that the new nodes can take the pods."""
        return {"to_version": self.to_version, **self.chosen("ready_percent"), **self.both}

    @property
    def patience(self) -> dict[str, Any]:
        return self.chosen(waiter_delay="poll_seconds", limit_minutes="node_group_minutes")

    @property
    def going(self) -> dict[str, Any]:
        return self.chosen(waiter_delay="poll_seconds", limit_minutes="deletion_minutes")

    def chosen(self, *same: str, **renamed: str) -> dict[str, Any]:
        return chosen(self.values, *same, **renamed)


def _new_nodes(step: _Step, planned_image_id: Any) -> tuple[Any, Any]:
    """Image, launch template, group, and the wait for it; first and last."""
    look_up_ami = EksLookupAmiOperator(
        **named("look_up_ami"),
        doc_md="Finds and verifies the image of the new nodes.",
        kubernetes_version=step.to_version,
        planned_image_id=planned_image_id,
        trigger_rule=TriggerRule.NONE_FAILED,
        **step.chosen(*IMAGE),
        **step.old,
    )
    prepare_launch_template = EksPrepareLaunchTemplateOperator(
        **named("prepare_launch_template"),
        doc_md="A new version of the group's own template with that image.",
        image_id=look_up_ami.output["image_id"],
        image_family=look_up_ami.output["image_family"],
        **step.both,
    )
    create_new_group = EksCloneNodegroupOperator(
        **named("create_new_group"),
        doc_md="Clones the old group: labels, taints, tags, live size, subnets, role, types.",
        launch_template_id=prepare_launch_template.output["launch_template_id"],
        launch_template_version=prepare_launch_template.output["launch_template_version"],
        to_version=step.to_version,
        **step.chosen("ami_family", "extra_nodes"),
        **step.both,
    )
    return look_up_ami, _await_and_test(step, create_new_group.output["desired_nodes"])


def _await_and_test(step: _Step, desired_nodes: Any) -> Any:
    """The wait for the new nodes, and the smoke test on them; the last of the two."""
    await_ready = EksNodegroupReadySensor(
        **named("await_ready"),
        doc_md="Waits until the new group is ACTIVE, and Ready at the target in each old zone.",
        desired_nodes=desired_nodes,
        to_version=step.to_version,
        nodegroup_name=step.replacement_name,
        old_nodegroup_name=step.nodegroup_name,
        before=step.before,
        **step.chosen("ready_percent"),
        **step.patience,
        **step.common,
    )
    smoke_test = EksSmokeTestOperator(
        **named("smoke_test"),
        doc_md="Runs the smoke test's pod on the new nodes, if there is one.",
        **step.chosen(
            image="smoke_test_image",
            cmds="smoke_test_command",
            namespace="smoke_test_namespace",
            service_account_name="smoke_test_service_account",
            limit_minutes="smoke_test_minutes",
        ),
        **step.both,
    )
    await_ready >> smoke_test
    return smoke_test


def _move_pods(step: _Step) -> tuple[Any, Any]:
    """Fence, drain, and the proof that workloads are well; first and last."""
    fence_old = EksFenceNodegroupOperator(
        **named("fence_old"),
        doc_md="Cordons the old nodes, taints the old group, caps its size: no refill.",
        # Without an image the smoke test skips itself.
        trigger_rule=TriggerRule.NONE_FAILED,
        before=step.before,
        **step.chosen(*APPROVAL),
        **step.patience,
        **step.ready,
    )
    drain_old = EksDrainNodesOperator(
        **named("drain_old"),
        doc_md="Moves every pod off the old nodes, within the disruption budgets.",
        before=step.before,
        **step.chosen(waiter_delay="poll_seconds"),
        **drain_arguments(step.values),
        **step.ready,
    )
    verify_workloads = EksWorkloadsSensor(
        **named("verify_workloads"),
        doc_md="Waits until workloads are as well as before and nothing is left behind.",
        **step.chosen("worse_minutes"),
        **step.patience,
        **step.beside,
        **step.old,
    )
    fence_old >> drain_old >> verify_workloads
    return fence_old, verify_workloads


def _remove_old(step: _Step) -> tuple[Any, Any, Any]:
    """Bake, deletion, the wait for it, and the last look, which stands behind a recovery, too."""
    keep_old = EksKeepNodegroupOperator(
        **named("keep_old"),
        doc_md="Keeps the old group, fenced, for keep_old_group_minutes, and looks at workloads.",
        before=step.before,
        **step.chosen(
            "worse_minutes",
            "load_balancer_drain_seconds",
            keep_minutes="keep_old_group_minutes",
            keep_at="keep_old_group_at",
            waiter_delay="poll_seconds",
        ),
        **step.both,
    )
    delete_old = EksDeleteNodegroupOperator(
        **named("delete_old"),
        doc_md="Deletes the old group, once nothing is left on it and load balancers let go.",
        **step.chosen("load_balancer_drain_seconds", *APPROVAL),
        **step.ready,
    )
    await_deletion = EksNodegroupDeletionSensor(
        **named("await_deletion"),
        doc_md="Waits until the old group is gone, or its deletion fails or stalls.",
        **step.chosen(stall_minutes="deletion_stall_minutes"),
        **step.going,
        **step.beside,
        **step.old,
    )
    confirm_gone = EksNodegroupGoneSensor(
        **named("confirm_gone"),
        doc_md="Waits until group, Auto Scaling group and instances are gone.",
        asg_name=delete_old.output["asg_name"],
        # Not "and one success": cleared with the whole run, this task has no old group any
        # more, everything before it is "removed", and that rule would call it failed.
        trigger_rule=TriggerRule.NONE_FAILED,
        **step.going,
        **step.beside,
        **step.old,
    )
    keep_old >> delete_old >> await_deletion
    return keep_old, await_deletion, confirm_gone


def drain_arguments(values: Values) -> dict[str, Any]:
    """The arguments of the drain; one of them says for all classes what blocked pods come to."""
    answers = {str(kind): values[name] for kind, name in ANSWERS.items() if name in values}
    return ({"when_blocked": answers} if answers else {}) | chosen(
        values,
        "ignore_daemonsets",
        "delete_emptydir_data",
        "force_unmanaged_pods",
        "pod_grace_period_seconds",
        "when_blocked",
        "may_delete_blocked_pods",
        "delete_blocked_after_minutes",
        "delete_pause_seconds",
        "load_balancer_drain_seconds",
        "unbudgeted_workloads",
        "unready_patience_minutes",
        "single_replicas",
        "nodes_at_once",
        "running_jobs",
        "job_patience_minutes",
        timeout_minutes="drain_timeout_minutes",
        requests_per_second="kubernetes_requests_per_second",
    )
