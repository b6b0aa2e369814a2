"""The tasks of the DAG `eks_upgrade` with the arguments the DAG gives them, without Airflow."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eks_upgrade_airflow.operators.addons import EksUpdateAddonOperator
from eks_upgrade_airflow.operators.control_plane import EksUpdateClusterVersionOperator
from eks_upgrade_airflow.operators.lock import EksLockClusterOperator, EksUnlockClusterOperator
from eks_upgrade_airflow.operators.next_hop import EksNextHopOperator
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
from eks_upgrade_airflow.operators.plan import (
    EksPlanUpgradeOperator,
    Part,
    arguments,
    outputs,
)
from eks_upgrade_airflow.operators.recovery import (
    EksDeleteAutoScalingGroupOperator,
    EksDeleteNodegroupAgainOperator,
    EksDiagnoseNodegroupOperator,
    EksUnprotectNodegroupOperator,
)
from eks_upgrade_airflow.operators.report import EksUpgradeReportOperator
from eks_upgrade_airflow.sensors.hop_bake import EksHopBakeSensor
from eks_upgrade_airflow.sensors.nodegroup import (
    EksNodegroupDeletionSensor,
    EksNodegroupGoneSensor,
    EksNodegroupReadySensor,
)
from eks_upgrade_airflow.sensors.update import EksClusterUpdateSensor
from eks_upgrade_airflow.sensors.verification import EksClusterVerifiedSensor, EksWorkloadsSensor

from include.eks_upgrade.planning.plan import Plan
from include.eks_upgrade.request import answers_to_blocks
from tests.airflow.worker import Run

QUICK = {"waiter_delay": 0.1, "limit_minutes": 1.0}
"""Looks often enough for a rehearsal in which ten minutes take a second."""

LOAD_BALANCER_SECONDS = 0.3
"""How long the deletion waits for load balancers, instead of the minute that is its default."""
WORSE_MINUTES = 0.002

DRAIN_PARAMS = (
    "ignore_daemonsets",
    "delete_emptydir_data",
    "force_unmanaged_pods",
    "may_delete_blocked_pods",
    "delete_blocked_after_minutes",
    "delete_pause_seconds",
    "unbudgeted_workloads",
    "unready_patience_minutes",
    "single_replicas",
    "nodes_at_once",
    "running_jobs",
    "job_patience_minutes",
)
"""Of the run's parameters, those that the DAG hands to the drain under the same name."""


class Upgrade:
    """One upgrade, a method for each phase."""

    def __init__(self, run: Run, reports: Path, limits: Mapping[str, float] = QUICK) -> None:
        self.run = run
        self.reports = reports
        self.limits = limits

    def plan(self) -> dict[str, Any]:
        plan: dict[str, Any] = self.run.do("plan", EksPlanUpgradeOperator, options=self.run.params)
        return plan

    @property
    def planned(self) -> Plan:
        return Plan.from_json(self.run.done["plan"])

    @property
    def old(self) -> str:
        """The only old node group."""
        return str(self.step["nodegroup_name"])

    @property
    def step(self) -> dict[str, Any]:
        """What the tasks of the only node group are mapped over."""
        return arguments(self.planned, "node_groups")[0]

    @property
    def pair(self) -> dict[str, Any]:
        """Both groups, and the version between them."""
        return {
            name: self.step[name] for name in ("nodegroup_name", "replacement_name", "to_version")
        }

    @property
    def before(self) -> dict[str, Any]:
        """What was broken before."""
        return self.planned.before.statuses().as_json()

    def output(self, name: str, key: str) -> Any:
        """An XCom that a task left under a key of its own."""
        value = self.run.done[name]["data"].get(key)
        return "" if value is None else value

    def lock(self) -> None:
        self.run.do("lock", EksLockClusterOperator)

    def addons(self, part: Part) -> list[dict[str, Any]]:
        health = {name: outputs(self.planned)[name] for name in ("replaced", "before")}
        return [
            self.run.do(
                f"{part}.{step['addon_name']}",
                EksUpdateAddonOperator,
                **step,
                **health,
                **self.limits,
            )
            for step in arguments(self.planned, part)
        ]

    def control_plane(self) -> None:
        do = self.run.do
        target = self.planned.to_version
        do("start_update", EksUpdateClusterVersionOperator, kubernetes_version=target)
        update_id = self.output("start_update", "update_id")
        do(
            "await_update",
            EksClusterUpdateSensor,
            update_id=update_id,
            replaced=outputs(self.planned)["replaced"],
            before=self.before,
            **self.limits,
        )

    def new_group(self) -> None:
        do, both, params = self.run.do, self.both, self.run.params
        do(
            "look_up_ami",
            EksLookupAmiOperator,
            nodegroup_name=self.old,
            kubernetes_version=self.step["to_version"],
            planned_image_id=self.step["planned_image_id"],
            **{name: value for name, value in params.items() if name.startswith("ami_")},
        )
        do(
            "prepare_launch_template",
            EksPrepareLaunchTemplateOperator,
            **{name: self.output("look_up_ami", name) for name in ("image_id", "image_family")},
            **both,
        )
        made = ("launch_template_id", "launch_template_version")
        do(
            "create_new_group",
            EksCloneNodegroupOperator,
            **{name: self.output("prepare_launch_template", name) for name in made},
            ami_family=params["ami_family"],
            extra_nodes=params["extra_nodes"],
            to_version=self.step["to_version"],
            **both,
        )
        do(
            "await_ready",
            EksNodegroupReadySensor,
            nodegroup_name=self.step["replacement_name"],
            old_nodegroup_name=self.old,
            desired_nodes=self.output("create_new_group", "desired_nodes"),
            to_version=self.step["to_version"],
            before=self.before,
            **self.limits,
        )

    @property
    def both(self) -> dict[str, Any]:
        """The two groups."""
        return {name: self.step[name] for name in ("nodegroup_name", "replacement_name")}

    def smoke_test(self, image: str, *command: str) -> None:
        self.run.do(
            "smoke_test",
            EksSmokeTestOperator,
            image=image,
            cmds=list(command),
            namespace="default",
            service_account_name="",
            **self.both,
            **self.limits,
        )

    def fence(self, readiness_minutes: float = 1.0) -> None:
        self.run.do(
            "fence_old",
            EksFenceNodegroupOperator,
            readiness_minutes=readiness_minutes,
            before=self.before,
            **self.pair,
            **self.limits,
        )

    def drain(self, **options: Any) -> None:
        params = self.run.params
        allowed = {name: params[name] for name in DRAIN_PARAMS}
        allowed = {**allowed, "when_blocked": answers_to_blocks(params), **options}
        self.run.do(
            "drain_old",
            EksDrainNodesOperator,
            readiness_minutes=1.0,
            timeout_minutes=self.limits["limit_minutes"],
            before=self.before,
            waiter_delay=self.limits["waiter_delay"],
            **self.pair,
            **{"load_balancer_drain_seconds": LOAD_BALANCER_SECONDS, **allowed},
        )

    def verify(self, worse_minutes: float = WORSE_MINUTES) -> None:
        self.run.do(
            "verify_workloads",
            EksWorkloadsSensor,
            worse_minutes=worse_minutes,
            before=self.before,
            **self.both,
            **self.limits,
        )

    def keep(self, minutes: float, at: str) -> None:
        self.run.do(
            "keep_old",
            EksKeepNodegroupOperator,
            keep_minutes=minutes,
            keep_at=at,
            worse_minutes=WORSE_MINUTES,
            load_balancer_drain_seconds=LOAD_BALANCER_SECONDS,
            waiter_delay=self.limits["waiter_delay"],
            before=self.before,
            **self.both,
        )

    def delete(self, **options: Any) -> None:
        self.run.do(
            "delete_old",
            EksDeleteNodegroupOperator,
            readiness_minutes=1.0,
            **self.pair,
            **{"load_balancer_drain_seconds": LOAD_BALANCER_SECONDS, **options},
        )

    def await_deletion(self, name: str = "await_deletion", stall_minutes: float = 0.5) -> str:
        told = self.run.do(
            name,
            EksNodegroupDeletionSensor,
            stall_minutes=stall_minutes,
            before=self.before,
            **self.both,
            **self.limits,
        )
        return str(told["data"]["state"])

    def diagnose(self) -> None:
        self.run.do("diagnose", EksDiagnoseNodegroupOperator, nodegroup_name=self.old)

    def unprotect(self, *, allowed: bool = True) -> None:
        self.run.do(
            "unprotect",
            EksUnprotectNodegroupOperator,
            nodegroup_name=self.old,
            may_unprotect=allowed,
        )

    def delete_asg(self, *, allowed: bool = True) -> None:
        self.run.do(
            "delete_asg",
            EksDeleteAutoScalingGroupOperator,
            nodegroup_name=self.old,
            may_delete_asg=allowed,
        )

    def retry_delete(self, name: str = "retry_delete") -> None:
        self.run.do(name, EksDeleteNodegroupAgainOperator, nodegroup_name=self.old)

    def confirm_gone(self) -> None:
        self.run.do(
            "confirm_gone",
            EksNodegroupGoneSensor,
            asg_name=self.output("delete_old", "asg_name"),
            before=self.before,
            **self.both,
            **self.limits,
        )

    def verify_cluster(self) -> None:
        wanted = ("to_version", "addon_versions", "replaced", "before")
        told = {name: outputs(self.planned)[name] for name in wanted}
        self.run.do("verify_cluster", EksClusterVerifiedSensor, **told, **self.limits)

    def bake_hop(self, minutes: float, **more: Any) -> None:
        known = self.run.pushes["plan"]["known"]
        given = {"bake_minutes": minutes, "known": known, **self.limits, **more}
        self.run.do("bake_hop", EksHopBakeSensor, **given)

    def next_hop(self, *, stop_after_hop: bool = False, **asking: Any) -> None:
        plan = self.run.done["plan"]
        self.run.do(
            "next_hop", EksNextHopOperator, plan=plan, stop_after_hop=stop_after_hop, **asking
        )

    def report(self) -> None:
        self.run.do("report", EksUpgradeReportOperator, folder=str(self.reports))

    def unlock(self) -> None:
        self.run.do("unlock", EksUnlockClusterOperator)
