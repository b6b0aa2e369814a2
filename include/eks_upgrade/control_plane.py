"""Moving the control plane by one minor: look, start or adopt, never twice.

An update of the control plane cannot be stopped once begun; EKS puts the old API servers
back by itself when the new ones do not become healthy.
https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html
"""

from functools import partial

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import (
    aws_errors_about,
    error_code,
    error_message,
    remedy_of_refusal,
)
from include.eks_upgrade.aws.reading import read_cluster
from include.eks_upgrade.aws.update_state import goes_to, in_progress, update_target
from include.eks_upgrade.aws.updates import read_updates
from include.eks_upgrade.common.errors import Busy, UpgradeError, refusal
from include.eks_upgrade.common.raw import RawDict
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.common.versions import Minor

_refused = partial(refusal, "The control plane cannot be updated")

_INVALID = frozenset({"InvalidParameterException", "InvalidRequestException", "ClientException"})


def start_control_plane_update(
    clients: AwsClients, cluster: str, to_version: str, *, force: bool, token: str
) -> StepResult:
    """Start the update to `to_version`, adopt the one that runs, or find it already done.

    Args:
        clients: clients of the cluster's account and region.
        cluster: the cluster's name.
        to_version: the minor to go to, one ahead of the present one.
        force: pass over blocking upgrade insights (AWS's `force`); nothing else is skipped.
        token: clientRequestToken, 33 to 126 characters. EKS answers one that it has seen with
            what it answered then; that nothing is started twice, the look before sees to.

    Returns:
        A StepResult with data {"update_id": str | None}; None when there is nothing to wait for.

    Raises:
        Refused: the cluster is gone, not one minor behind, not ACTIVE, or AWS says no.
        Busy: somebody else's update of the cluster is in progress.
        Unreachable, UnexpectedResponse: see aws/errors.py.
    """
    subject = f"control plane of cluster {cluster!r}"
    target = Minor.parse(to_version)
    with aws_errors_about(subject):
        raw = read_cluster(clients.eks, cluster)
        if raw is None:
            raise _refused(subject, "there is no such cluster any more", "check cluster_name")
        adopted = _adopt(clients, cluster, target)
        if adopted:
            return adopted
        if Minor.parse(raw["version"]) == target:
            return StepResult(f"the {subject} is at {target} already", data={"update_id": None})
        _check_startable(raw, target, subject)
        return _start(clients, cluster, target, force=force, token=token)


def _adopt(clients: AwsClients, cluster: str, target: Minor) -> StepResult | None:
    """The running version update to the target, whoever started it."""
    for update in in_progress(read_updates(clients.eks, cluster)):
        if goes_to(update, target):
            text = f"update {update['id']} of cluster {cluster!r} to {target} runs already: adopted"
            return StepResult(text, data={"update_id": update["id"]})
    return None


def _check_startable(raw: RawDict, target: Minor, subject: str) -> None:
    present = Minor.parse(raw["version"])
    if present.next() != target:
        what = f"it is at {present}, and {target} is not the next minor"
        raise _refused(subject, what, "run again: a new plan will start from what is")
    if raw.get("status") == "UPDATING":
        raise Busy(
            f"{subject}: an update that is not to {target} is in progress. Nothing was changed; try"
            " again when it has ended"
        )
    if raw.get("status") != "ACTIVE":
        what = f"the cluster's status is {raw.get('status')}, not ACTIVE"
        raise _refused(subject, what, "wait until it is ACTIVE, then repeat this step")


def _start(
    clients: AwsClients, cluster: str, target: Minor, *, force: bool, token: str
) -> StepResult:
    try:
        update = clients.eks.update_cluster_version(
            name=cluster, version=str(target), force=force, clientRequestToken=token
        )["update"]
    except ClientError as error:
        adopted = _adopt(clients, cluster, target) if _in_use(error) else None
        if adopted:
            return adopted
        refusal = _explain_refusal(clients, cluster, target, error)
        if refusal is None:
            raise
        raise refusal from error
    text = f"started update {update['id']} of cluster {cluster!r} to {target}"
    return StepResult(text, changed=True, data={"update_id": update["id"]})


def _explain_refusal(
    clients: AwsClients, cluster: str, target: Minor, error: ClientError
) -> UpgradeError | None:
    """AWS's no in our words; None when it is none of the known ones."""
    subject, code, message = (
        f"control plane of cluster {cluster!r}",
        error_code(error),
        error_message(error),
    )
    what = f"AWS refused the update to {target} with {code}: {message}"
    if code == "InvalidStateException":
        remedy = (
            "remove what the upgrade insights name, or set override_insights=true, which passes "
            "AWS's force flag"
        )
        return _refused(subject, what, remedy)
    if code in _INVALID and "nodegroup" in message.lower() and "must be updated" in message.lower():
        return _refused(subject, f"{what}. {_SKEW_ASSUMPTION}", _SKEW_REMEDY)
    if code in _INVALID:
        return _refused(subject, what, remedy_of_refusal(message))
    if _in_use(error):
        running = _running_text(clients, cluster)
        return Busy(f"{subject}: {what}{running}. Nothing was changed; try again when it has ended")
    return None


_SKEW_ASSUMPTION = (
    "This project assumes that kubelets may trail by up to three minors, as AWS's best practices "
    "say; here AWS wants the node groups at the control plane's version first"
)
_SKEW_REMEDY = (
    "run first with target_version set to the present version for the node groups named, so that "
    "their nodes are replaced, then run again"
)


def _running_text(clients: AwsClients, cluster: str) -> str:
    running = [
        f"{one['id']} ({one.get('type')} {update_target(one)})"
        for one in in_progress(read_updates(clients.eks, cluster))
    ]
    return f"; in progress: {', '.join(running)}" if running else ""


def _in_use(error: ClientError) -> bool:
    return error_code(error) == "ResourceInUseException"
