"""What a person asked for, as frozen values: the DAG's parameters, read once.

The names of the parameters are documented in docs/parameters.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.drain.options import DEFAULTS, DrainOptions


@dataclass(frozen=True, kw_only=True)
class AmiChoice:
    """Where the new nodes' image comes from.

    Attributes:
        source: `eks_optimized` (EKS's own; by SSM parameter where the group uses a custom
            image), `name_pattern` (newest image of that name and owner) or `image_id`.
        family: `same` (as the old group), `al2`, `al2023` or `bottlerocket`.
        name_pattern: for `name_pattern`; may hold `{version}` and `{architecture}`.
        owner: account id or alias (`amazon`, `self`) for `name_pattern`.
        image_id: for `image_id`.
    """

    source: str = "eks_optimized"
    family: str = "same"
    name_pattern: str = ""
    owner: str = "amazon"
    image_id: str = ""


@dataclass(frozen=True, kw_only=True)
class RecoveryOptions:
    """How far the ladder of recovery may be climbed when a node group will not go."""

    may_unprotect: bool = False
    may_delete_asg: bool = False


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Waits. Minutes unless the name says seconds; `poll_seconds` is the time between looks."""

    poll_seconds: float = 30.0
    addon_minutes: float = 30.0
    control_plane_minutes: float = 90.0
    node_group_minutes: float = 45.0
    deletion_stall_minutes: float = 25.0
    deletion_minutes: float = 90.0


@dataclass(frozen=True, kw_only=True)
class UpgradeRequest:
    """One cluster, one minor version, and how it may be done."""

    cluster: str
    region: str = ""
    target_version: str = ""
    node_groups: tuple[str, ...] = ()
    addon_conflicts: str = "PRESERVE"
    override_insights: bool = False
    extra_nodes: int = 0
    ready_percent: int = 100
    ami: AmiChoice = AmiChoice()
    drain: DrainOptions = DEFAULTS
    recovery: RecoveryOptions = RecoveryOptions()
    limits: Limits = Limits()

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> "UpgradeRequest":
        """Read a DAG run's parameters; keys are those of docs/parameters.md.

        An empty field of Airflow's form arrives as None.
        """
        return cls(
            cluster=_text(params, "cluster_name"),
            region=_text(params, "region"),
            target_version=_text(params, "target_version"),
            node_groups=tuple(name.strip() for name in params["node_groups"] or () if name.strip()),
            addon_conflicts=params["addon_conflicts"],
            override_insights=params["override_insights"],
            extra_nodes=params["extra_nodes"],
            ready_percent=params["ready_percent"],
            ami=AmiChoice(
                source=params["ami_source"],
                family=params["ami_family"],
                name_pattern=_text(params, "ami_name_pattern"),
                owner=_text(params, "ami_owner"),
                image_id=_text(params, "ami_id"),
            ),
            drain=DrainOptions(
                ignore_daemonsets=params["ignore_daemonsets"],
                delete_emptydir_data=params["delete_emptydir_data"],
                force_unmanaged_pods=params["force_unmanaged_pods"],
                grace_period_seconds=params["pod_grace_period_seconds"],
                timeout_minutes=params["drain_timeout_minutes"],
                requests_per_second=params["kubernetes_requests_per_second"],
                when_blocked=dict(params["when_blocked"] or {}),
                may_delete_blocked_pods=params["may_delete_blocked_pods"],
                delete_blocked_after_minutes=params["delete_blocked_after_minutes"],
                delete_pause_seconds=params["delete_pause_seconds"],
            ),
            recovery=RecoveryOptions(
                may_unprotect=params["may_unprotect"], may_delete_asg=params["may_delete_asg"]
            ),
            limits=Limits(
                **{name: params[name] for name in Limits.__dataclass_fields__},
            ),
        )


def _text(params: Mapping[str, Any], name: str) -> str:
    return str(params[name] or "").strip()
