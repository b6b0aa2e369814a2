"""What a person asked for, as frozen values: the DAG's parameters, read once.

The names of the parameters are documented in docs/parameters.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import trimmed
from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.blocked.policy import Action, parameter_of
from include.eks_upgrade.drain.options import DEFAULTS, DrainOptions
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.managed.keep_at import SIZE
from include.eks_upgrade.nodes.managed.recovery.options import RecoveryOptions
from include.eks_upgrade.planning.approval.points import NOBODY, ApprovalOptions
from include.eks_upgrade.planning.hops.model import RollNodes
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
    """One cluster, the version it goes to, and how it may be done.

    Attributes:
        target_version: where the way ends; it may be several minors ahead.
        hop_version: the minor of this very run, once that is planned; no parameter.
    """

    cluster: str
    region: str = ""
    role_arn: str = ""
    target_version: str = ""
    hop_version: str = ""
    roll_nodes: str = RollNodes.WHEN_NEEDED
    hop_bake_minutes: float = 0.0
    stop_after_hop: bool = False
    node_groups: tuple[str, ...] = ()
    canary_group: str = ""
    max_groups_at_once: int = 2
    addon_conflicts: str = "PRESERVE"
    override_insights: bool = False
    extra_nodes: int = 0
    ready_percent: int = 100
    worse_minutes: float = WORSE_MINUTES
    keep_old_group_minutes: float = 0.0
    keep_old_group_at: str = SIZE
    smoke_test_image: str = ""
    smoke_test_command: tuple[str, ...] = ()
    smoke_test_namespace: str = "default"
    smoke_test_service_account: str = ""
    ami: AmiChoice = field(default_factory=AmiChoice)
    may_strand_pods: bool = False
    waivers: tuple[Any, ...] = ()
    dollars_per_hour: Mapping[str, float] = field(default_factory=dict)
    drain: DrainOptions = DEFAULTS
    recovery: RecoveryOptions = field(default_factory=RecoveryOptions)
    approval: ApprovalOptions = NOBODY
    limits: Limits = Limits()

    @classmethod
    def from_params(cls, params: Raw) -> "UpgradeRequest":
        """Read what was chosen; keys are those of docs/parameters.md.

        What is not there has its default. An empty field of Airflow's form arrives as None.
        """
        chosen, default = _Chosen(trimmed(params)), cls(cluster="")
        return cls(
            cluster=chosen.text("cluster_name"),
            region=chosen.text("region"),
            role_arn=chosen.text("role_arn"),
            target_version=chosen.text("target_version"),
            node_groups=tuple(name for name in chosen.all_of("node_groups") if name),
            canary_group=chosen.text("canary_group"),
            smoke_test_image=chosen.text("smoke_test_image"),
            smoke_test_command=chosen.all_of("smoke_test_command"),
            smoke_test_namespace=chosen.text("smoke_test_namespace", default.smoke_test_namespace),
            smoke_test_service_account=chosen.text("smoke_test_service_account"),
            dollars_per_hour=chosen.value("dollars_per_hour", default.dollars_per_hour),
            ami=_ami(chosen, default.ami),
            waivers=_items(chosen.value("waivers", ())),
            drain=_drain(chosen, default.drain),
            recovery=RecoveryOptions(
                **chosen.of(default.recovery, "may_unprotect", "may_delete_asg")
            ),
            approval=_approval(chosen, default.approval),
            limits=Limits(**chosen.of(default.limits, *Limits.__dataclass_fields__)),
            **chosen.of(default, *_AS_THEY_ARE),
        )


_AS_THEY_ARE = (
    "max_groups_at_once",
    "roll_nodes",
    "hop_bake_minutes",
    "stop_after_hop",
    "addon_conflicts",
    "override_insights",
    "extra_nodes",
    "ready_percent",
    "worse_minutes",
    "keep_old_group_minutes",
    "keep_old_group_at",
    "may_strand_pods",
)
"""Parameters that have the name of their field."""


@dataclass(frozen=True)
class _Chosen:
    """The parameters of a run, from which what is not there or empty has its default."""

    params: Raw

    def value(self, name: str, otherwise: Any) -> Any:
        found = self.params.get(name)
        return otherwise if found is None else found

    def text(self, name: str, otherwise: str = "") -> str:
        return str(self.value(name, otherwise))

    def all_of(self, name: str) -> tuple[str, ...]:
        return tuple(self.params.get(name) or ())

    def of(self, default: Any, *names: str) -> dict[str, Any]:
        """Fields of an object like `default` by parameters of the same names."""
        return {name: self.value(name, getattr(default, name)) for name in names}


def _items(given: Any) -> tuple[Any, ...]:
    """The items of a list; what is none is an item, about which the preflight says so."""
    return tuple(given) if isinstance(given, list | tuple) else (given,)


def _ami(chosen: _Chosen, default: AmiChoice) -> AmiChoice:
    return AmiChoice(
        source=chosen.value("ami_source", default.source),
        family=chosen.value("ami_family", default.family),
        name_pattern=chosen.text("ami_name_pattern"),
        owner=chosen.text("ami_owner", default.owner),
        image_id=chosen.text("ami_id"),
        replace_custom_image=chosen.value("replace_custom_image", default.replace_custom_image),
    )


def _approval(chosen: _Chosen, default: ApprovalOptions) -> ApprovalOptions:
    return ApprovalOptions(
        approvals=chosen.all_of("approvals"),
        approvers=tuple(each for each in chosen.all_of("approvers") if each),
        approval_minutes=chosen.value("approval_minutes", default.approval_minutes),
    )


def _drain(chosen: _Chosen, default: DrainOptions) -> DrainOptions:
    given = {
        option: chosen.value(name, getattr(default, option))
        for name, option in DRAIN_PARAMETERS.items()
    }
    return replace(default, **given, when_blocked=answers_to_blocks(chosen.params))


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
