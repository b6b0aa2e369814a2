"""What a person asked for, as frozen values: the parameters of a run, read once.

The names of the parameters are documented in docs/parameters.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.managed.recovery.options import RecoveryOptions


@dataclass(frozen=True, kw_only=True)
class DrainOptions:
    """What a drain may do, in the words of `kubectl drain`. Defaults lose nothing.

    Attributes:
        grace_period_seconds: None leaves each pod its own.
        timeout_minutes: minutes until the drain of a node group gives up (nothing is deleted then).
        pod_selector: only pods with these labels are drained (`kubectl drain --pod-selector`).
        disable_eviction: delete instead of evicting, which no disruption budget sees.
        dry_run: ask the API server only whether it would (`--dry-run=server`); nothing changes.
        requests_per_second: share of the API server that one drain takes at most.
        when_blocked: by class of blocked pods (`drain.blocked.BlockClass`), what to do
            (`drain.when_blocked.Answer`); a class that is not named waits.
        blocked_after_seconds: how long what usually passes (a full budget, a replacement without
            a node) may last before it counts as blocked.
        may_delete_blocked_pods: the answer `delete` goes past budgets; only with this.
        delete_blocked_after_minutes: how long a pod must have been blocked before.
        delete_pause_seconds: between two such deletions.
    """

    ignore_daemonsets: bool = False
    delete_emptydir_data: bool = False
    force_unmanaged_pods: bool = False
    grace_period_seconds: int | None = None
    timeout_minutes: float = 120.0
    pod_selector: str = ""
    disable_eviction: bool = False
    dry_run: bool = False
    requests_per_second: float = 50.0
    when_blocked: Mapping[str, str] = field(default_factory=dict)
    blocked_after_seconds: float = 60.0
    may_delete_blocked_pods: bool = False
    delete_blocked_after_minutes: float = 30.0
    delete_pause_seconds: float = 60.0


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
    ami: AmiChoice = field(default_factory=AmiChoice)
    drain: DrainOptions = DrainOptions()
    recovery: RecoveryOptions = field(default_factory=RecoveryOptions)
    limits: Limits = Limits()

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> "UpgradeRequest":
        """Read a run's parameters; keys are those of docs/parameters.md.

        An empty field of a form arrives as None.
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
