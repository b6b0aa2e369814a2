"""Taking a control plane back by one minor, and cancelling that: look first, never twice.

It is UpdateClusterVersion to the minor before; EKS makes a `VersionRollback` of it.
https://docs.aws.amazon.com/eks/latest/userguide/rollback-cluster.html
"""

from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.busy import cluster_busy
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about, error_code, error_message
from include.eks_upgrade.aws.reading import read_cluster
from include.eks_upgrade.aws.statuses import cluster_in_motion
from include.eks_upgrade.aws.updates.read import read_updates
from include.eks_upgrade.aws.updates.state import running_rollback, update_target
from include.eks_upgrade.common.errors import Busy, UpgradeError, refusal
from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.common.raw import Raw, RawDict
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.control_plane.refusals import known_refusal

_refused = partial(refusal, "The control plane cannot be taken back")
_ANEW = "run again: a new plan will start from what is"


def start_rollback(
    clients: AwsClients,
    cluster: str,
    to_version: str,
    *,
    force: bool,
    node_minutes: float,
    token: str,
) -> StepResult:
    """Start the rollback to `to_version`, adopt the one that runs, or find it already done.

    Args:
        clients: clients of the cluster's account and region.
        cluster: the cluster's name.
        to_version: the minor to go to, one behind the present one.
        force: pass over rollback insights (AWS's `force`); nothing else is skipped.
        node_minutes: for how long EKS may replace nodes of Auto Mode before it gives up, 120 to
            10080; not sent where EKS has no nodes of its own.
        token: clientRequestToken, see `start_control_plane_update`.

    Returns:
        A StepResult with data {"update_id": str | None}; None when there is nothing to wait for.

    Raises:
        Refused: the cluster is gone, not one minor ahead, not ACTIVE, or AWS says no.
        Busy: another update of the cluster is in progress.
        Unreachable, UnexpectedResponse: see aws/errors.py.
    """
    target = Minor.parse(to_version)
    with aws_errors_about(_subject(cluster)):
        raw = _existing(clients, cluster)
        adopted = _adopted(clients, cluster, target)
        if adopted:
            return adopted
        if Minor.parse(raw["version"]) == target:
            text = f"the {_subject(cluster)} is at {target} already"
            return StepResult(text, data={"update_id": None})
        _check(raw, target, _subject(cluster))
        asked: dict[str, Any] = {"name": cluster, "version": str(target), "force": force}
        if (raw.get("computeConfig") or {}).get("enabled"):
            asked["rollbackConfig"] = {"timeoutMinutes": int(node_minutes)}
        return _start(clients, {**asked, "clientRequestToken": token})


def cancel_rollback(clients: AwsClients, cluster: str, *, token: str) -> StepResult:
    """Ask EKS to cancel the rollback that runs; it does so only while nodes of Auto Mode go back.

    Returns:
        A StepResult with data {"update_id": str | None}: the update to wait for.

    Raises:
        Refused: no rollback runs, or EKS does not cancel it any more.
        Unreachable, UnexpectedResponse: see aws/errors.py.
    """
    subject = _subject(cluster)
    with aws_errors_about(subject):
        _existing(clients, cluster)
        running = running_rollback(read_updates(clients.eks, cluster))
        if running is None:
            text = f"no rollback of the {subject} is running: there is nothing to cancel"
            return StepResult(text, data={"update_id": None})
        update_id = str(running["id"])
        try:
            clients.eks.cancel_update(name=cluster, updateId=update_id, clientRequestToken=token)
        except ClientError as error:
            if error_code(error) not in _NOT_NOW:
                raise
            raise _not_cancelled(subject, update_id, error) from error
    text = f"EKS was asked to cancel update {update_id} of cluster {cluster!r}"
    return StepResult(text, changed=True, data={"update_id": update_id})


def cancel_outcome(update: Raw, subject: str) -> Outcome:
    """Whether a rollback that was to be cancelled is: the opposite of `update_outcome`."""
    which, status = f"update {update.get('id')} of {subject}", update.get("status")
    if status == "Cancelled":
        return Done(f"{which} is cancelled: the version stays", {"update_id": update.get("id")})
    if status == "Failed":
        return Done(f"{which} had failed by itself: the version stays")
    if status == "Successful":
        back = update_target(update)
        return Failed(f"{which} could not be cancelled any more: the control plane is at {back}")
    words = (update.get("cancellation") or {}).get("reason")
    return NotYet(f"{which} is being cancelled ({status})" + (f": {words}" if words else ""))


def _existing(clients: AwsClients, cluster: str) -> RawDict:
    raw = read_cluster(clients.eks, cluster)
    if raw is None:
        raise _refused(_subject(cluster), "there is no such cluster any more", "check cluster_name")
    return raw


def _adopted(clients: AwsClients, cluster: str, target: Minor) -> StepResult | None:
    running = running_rollback(read_updates(clients.eks, cluster))
    if running is None or update_target(running) not in {"", str(target)}:
        return None
    text = f"update {running['id']} takes cluster {cluster!r} back to {target} already: adopted"
    return StepResult(text, data={"update_id": running["id"]})


def _check(raw: RawDict, target: Minor, subject: str) -> None:
    present = Minor.parse(raw["version"])
    if present.previous() != target:
        raise _refused(subject, f"it is at {present}, and {target} is not the minor before", _ANEW)
    if cluster_in_motion(raw):
        raise Busy(
            f"{subject}: its status is {raw['status']}: another update is in progress. Nothing was"
            " changed; try again when it has ended"
        )
    if raw.get("status") != "ACTIVE":
        what = f"the cluster's status is {raw.get('status')}, not ACTIVE"
        raise _refused(subject, what, "wait until it is ACTIVE, then repeat this step")


def _start(clients: AwsClients, asked: dict[str, Any]) -> StepResult:
    cluster, target = asked["name"], Minor.parse(asked["version"])
    try:
        update = clients.eks.update_cluster_version(**asked)["update"]
    except ClientError as error:
        in_use = error_code(error) == "ResourceInUseException"
        adopted = _adopted(clients, cluster, target) if in_use else None
        if adopted:
            return adopted
        raise _why_not(clients, cluster, target, error) or error from error
    text = f"started update {update['id']}, which takes cluster {cluster!r} back to {target}"
    return StepResult(text, changed=True, data={"update_id": update["id"]})


def _why_not(
    clients: AwsClients, cluster: str, target: Minor, error: ClientError
) -> UpgradeError | None:
    """AWS's no in our words; None when it is none of the known ones."""
    subject, code, message = _subject(cluster), error_code(error), error_message(error)
    what = f"AWS refused to take it back to {target} with {code}: {message}"
    if code == "ResourceInUseException":
        return cluster_busy(clients.eks, cluster, subject, what)
    if code == "InvalidStateException":
        return _refused(subject, what, _READINESS)
    if "unsupported kubernetes minor version update" in message.lower():
        return _refused(subject, what, _CONDITIONS)
    return known_refusal(subject, target, code, message)


_READINESS = (
    "remove what the rollback insights name, then repeat this step: EKS looks anew each time. Only "
    "override_insights=true passes over them, in a new run"
)
_CONDITIONS = (
    "EKS goes back only within seven days of an upgrade, by one minor, once, and only a cluster "
    "that was upgraded to its version; run again to see which of it is not so"
)
_NOT_NOW = frozenset({"InvalidRequestException", "InvalidStateException", "ResourceInUseException"})


def _not_cancelled(subject: str, update_id: str, error: ClientError) -> UpgradeError:
    what = (
        f"EKS does not cancel update {update_id} ({error_code(error)}: {error_message(error)}). It "
        "does so only while nodes of Auto Mode go back, not once the control plane does"
    )
    return _refused(subject, what, "let it end; eks_upgrade takes the cluster forward again")


def _subject(cluster: str) -> str:
    return f"control plane of cluster {cluster!r}"
