"""Going back by one minor, and the cancelling of it.

Rules, of the user guide's pages rollback-cluster.html and rollback-automode.html: only within
seven days of the upgrade, only by one minor, only a cluster that was upgraded in place; managed
node groups go back first; an insight of ROLLBACK_READINESS in ERROR or UNKNOWN stops it unless
forced. With Auto Mode the cluster stays ACTIVE while nodes go back, and every other update is
refused meanwhile. Texts of the refusals: none were found, but for the minor that is not supported.
"""

from datetime import timedelta
from typing import Any

from include.rehearsal import catalogue
from include.rehearsal.aws import errors
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks import updates
from include.rehearsal.aws.eks.state import ClusterState, EksRegion, now
from include.rehearsal.aws.eks.updates import Change

WINDOW = timedelta(days=7)
CANCEL_SECONDS = 120.0
MOVES = ("VersionUpdate", "VersionRollback")


def change(state: ClusterState, request: dict[str, Any]) -> Change:
    """The VersionRollback that UpdateClusterVersion to the minor before is.

    Raises:
        AwsError: InvalidParameter, InvalidRequest or InvalidState where AWS does not go back.
    """
    target = request["version"]
    _check(state, target, force=bool(request.get("force")))
    platform = str((catalogue.version_entry(target) or {}).get("platform", "eks.1"))
    on_nodes = world().timings.auto_mode_nodes if auto_mode(state) else 0.0
    if not on_nodes:
        state.raw["status"] = "UPDATING"

    def succeed() -> None:
        state.raw.update(version=target, platformVersion=platform, status="ACTIVE")
        kube = world().kube(state.key)
        if kube:
            kube.set_version(target)

    return Change(
        kind="VersionRollback",
        params={"Version": target, "PlatformVersion": platform},
        seconds=on_nodes + world().timings.control_plane,
        succeed=succeed,
        fail=lambda _: state.raw.update(status="ACTIVE"),
    )


def auto_mode(state: ClusterState) -> bool:
    """Whether EKS itself manages nodes."""
    return bool((state.raw.get("computeConfig") or {}).get("enabled"))


def _check(state: ClusterState, target: str, *, force: bool) -> None:
    moves = [one for one in state.updates.values() if one["type"] in MOVES]
    done = [one for one in moves if one["status"] == "Successful"]
    came = done[-1] if done else None
    if came is None or came["type"] == "VersionRollback" or now() - came["createdAt"] > WINDOW:
        raise errors.invalid_parameter(
            f"Unsupported Kubernetes minor version update from {state.version} to {target}",
            clusterName=state.name,
        )
    ahead = [
        name
        for name, group in state.groups.items()
        if catalogue.minor(group.raw["version"]) > catalogue.minor(target)
    ]
    if ahead:
        raise errors.invalid_request(
            f"Nodegroups {', '.join(ahead)} must be rolled back to {target} first",
            clusterName=state.name,
        )
    _check_insights(state, force=force)


def _check_insights(state: ClusterState, *, force: bool) -> None:
    bad = [
        one["name"]
        for one in state.insights
        if one["category"] == "ROLLBACK_READINESS"
        and one["insightStatus"]["status"] in ("ERROR", "UNKNOWN")
    ]
    if bad and not force:
        raise errors.AwsError(
            "InvalidStateException",
            f"Rollback readiness issues detected: {', '.join(bad)}.",
            clusterName=state.name,
        )


def cancel(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """CancelUpdate: only a VersionRollback under Auto Mode, while its nodes go back.

    Raises:
        AwsError: ResourceNotFound; InvalidRequest for every other update (botocore's model of
            CancelUpdate says for which it is; the text of the refusal was not found).
    """
    state, update_id = region.cluster(request["name"]), request["updateId"]
    update = state.updates.get(update_id)
    if update is None:
        raise errors.not_found(f"No update found for ID: {update_id}")
    began = now() - update["createdAt"]
    on_nodes = auto_mode(state) and began < timedelta(seconds=world().timings.auto_mode_nodes)
    rolls = update["type"] == "VersionRollback" and update["status"] == "InProgress"
    if not (rolls and on_nodes):
        raise errors.invalid_request(
            f"Update {update_id} of type {update['type']} cannot be cancelled",
            clusterName=state.name,
        )
    updates.cancel(state, update_id, CANCEL_SECONDS)
    return {"update": update}
