"""What a person asked for, as frozen values: the DAG's parameters, read once.

The names of the parameters are documented in docs/parameters.md.
"""

from dataclasses import dataclass, field, replace
from typing import Any

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import trimmed
from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.blocked.policy import Action, parameter_of
from include.eks_upgrade.drain.options import DEFAULTS, DrainOptions
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.managed.recovery.options import RecoveryOptions
from include.eks_upgrade.verification.patience import WORSE_MINUTES


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Waits. Minutes unless the name says seconds; `poll_seconds` is the time between looks."""

    poll_seconds: float = 30.0
    addon_minutes: float = 30.0
    control_plane_minutes: float = 90.0
    node_group_minutes: float = 45.0
    smoke_test_minutes: float = 10.0
    deletion_stall_minutes: float = 60.0
    deletion_minutes: float = 90.0


@dataclass(frozen=True, kw_only=True)
class UpgradeRequest:
    """One cluster, one minor version, and how it may be done."""

    cluster: str
    region: str = ""
    target_version: str = ""
    node_groups: tuple[str, ...] = ()
    canary_group: str = ""
    max_groups_at_once: int = 2
    addon_conflicts: str = "PRESERVE"
    override_insights: bool = False
    extra_nodes: int = 0
    ready_percent: int = 100
    worse_minutes: float = WORSE_MINUTES
    smoke_test_image: str = ""
    smoke_test_command: tuple[str, ...] = ()
    smoke_test_namespace: str = "default"
    smoke_test_service_account: str = ""
    ami: AmiChoice = field(default_factory=AmiChoice)
    may_strand_pods: bool = False
    drain: DrainOptions = DEFAULTS
    recovery: RecoveryOptions = field(default_factory=RecoveryOptions)
    limits: Limits = Limits()

    @classmethod
    def from_params(cls, params: Raw) -> "UpgradeRequest":
        """Read what was chosen; keys are those of docs/parameters.md.

        What is not there has its default. An empty field of Airflow's form arrives as None.
        """
        default, params = cls(cluster=""), trimmed(params)

        def value(name: str, otherwise: Any) -> Any:
            found = params.get(name)
            return otherwise if found is None else found

        return cls(
            cluster=_text(params, "cluster_name"),
            region=_text(params, "region"),
            target_version=_text(params, "target_version"),
            node_groups=tuple(name for name in params.get("node_groups") or () if name),
            canary_group=_text(params, "canary_group"),
            max_groups_at_once=value("max_groups_at_once", default.max_groups_at_once),
            addon_conflicts=value("addon_conflicts", default.addon_conflicts),
            override_insights=value("override_insights", default.override_insights),
            extra_nodes=value("extra_nodes", default.extra_nodes),
            smoke_test_image=_text(params, "smoke_test_image"),
            smoke_test_command=tuple(params.get("smoke_test_command") or ()),
            smoke_test_namespace=_text(
                params, "smoke_test_namespace", default.smoke_test_namespace
            ),
            smoke_test_service_account=_text(params, "smoke_test_service_account"),
            ready_percent=value("ready_percent", default.ready_percent),
            worse_minutes=value("worse_minutes", default.worse_minutes),
            ami=AmiChoice(
                source=value("ami_source", default.ami.source),
                family=value("ami_family", default.ami.family),
                name_pattern=_text(params, "ami_name_pattern"),
                owner=_text(params, "ami_owner", default.ami.owner),
                image_id=_text(params, "ami_id"),
                replace_custom_image=value(
                    "replace_custom_image", default.ami.replace_custom_image
                ),
            ),
            may_strand_pods=value("may_strand_pods", default.may_strand_pods),
            drain=replace(
                default.drain,
                **{
                    option: value(name, getattr(default.drain, option))
                    for name, option in DRAIN_PARAMETERS.items()
                },
                when_blocked=answers_to_blocks(params),
            ),
            recovery=RecoveryOptions(
                may_unprotect=value("may_unprotect", default.recovery.may_unprotect),
                may_delete_asg=value("may_delete_asg", default.recovery.may_delete_asg),
            ),
            limits=Limits(
                **{
                    name: value(name, getattr(default.limits, name))
                    for name in Limits.__dataclass_fields__
                },
            ),
        )


DRAIN_PARAMETERS = {
    "ignore_daemonsets": "ignore_daemonsets",
    "delete_emptydir_data": "delete_emptydir_data",
    "force_unmanaged_pods": "force_unmanaged_pods",
    "pod_grace_period_seconds": "grace_period_seconds",
    "drain_timeout_minutes": "timeout_minutes",
    "kubernetes_requests_per_second": "requests_per_second",
    "may_delete_blocked_pods": "may_delete_blocked_pods",
    "delete_blocked_after_minutes": "delete_blocked_after_minutes",
    "delete_pause_seconds": "delete_pause_seconds",
    "load_balancer_drain_seconds": "load_balancer_drain_seconds",
    "unbudgeted_workloads": "unbudgeted_workloads",
    "unready_patience_minutes": "unready_patience_minutes",
    "single_replicas": "single_replicas",
    "nodes_at_once": "nodes_at_once",
    "running_jobs": "running_jobs",
    "job_patience_minutes": "job_patience_minutes",
}
"""The field of `DrainOptions` that each parameter about the drain is."""


def answers_to_blocks(params: Raw) -> dict[str, str]:
    """By class of blocked pods what is done, where it is not simply to wait.

    The form has a parameter for each class; code may give all of them as one `when_blocked`.
    """
    chosen = {str(kind): params.get(parameter_of(kind)) for kind in BlockClass}
    others = {kind: answer for kind, answer in chosen.items() if answer not in {None, Action.WAIT}}
    return {**(params.get("when_blocked") or {}), **others}


def _text(params: Raw, name: str, otherwise: str = "") -> str:
    return str(params.get(name, otherwise) or "")
