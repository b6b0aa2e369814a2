"""Moving the control plane by one minor: look, start or adopt, never twice.

An update of the control plane cannot be stopped once begun; EKS puts the old API servers
back by itself when the new ones do not become healthy.
https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html
"""

from collections.abc import Collection, Iterable
from functools import partial

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.busy import cluster_busy
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about, error_code, error_message
from include.eks_upgrade.aws.reading import read_cluster
from include.eks_upgrade.aws.statuses import cluster_in_motion
from include.eks_upgrade.aws.updates.read import read_updates
from include.eks_upgrade.aws.updates.state import (
    brought_to,
    goes_to,
    in_progress,
    rollback_problem,
    running_rollback,
)
from include.eks_upgrade.common.errors import Busy, Refused, UpgradeError, refusal
from include.eks_upgrade.common.raw import Raw, RawDict
from include.eks_upgrade.common.step_result import Obstacle, StepResult
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.control_plane.refusals import NODES_FIRST, groups_trail, known_refusal

_TITLE = "The control plane cannot be updated"
_refused = partial(refusal, _TITLE)


def start_control_plane_update(
    clients: AwsClients,
    cluster: str,
    to_version: str,
    *,
    force: bool,
    token: str,
    behind: Collection[str] = (),
) -> StepResult:
    """Start the update to `to_version`, adopt the one that runs, or find it already done.

    Args:
        clients: clients of the cluster's account and region.
        cluster: the cluster's name.
        to_version: the minor to go to, one ahead of the present one.
        force: pass over blocking upgrade insights (AWS's `force`); nothing else is skipped.
        token: clientRequestToken, 33 to 126 characters. EKS answers one that it has seen with
            what it answered then; that nothing is started twice, the look before sees to.
        behind: node groups that trail and can be brought up by a run before this one; then AWS's
            no because of them is a result with `NODES_FIRST` in its data, and no refusal.

    Returns:
        A StepResult with data {"update_id": str | None}; None when there is nothing to wait for.

    Raises:
        Refused: the cluster is gone, not one minor behind, not ACTIVE, going back (a
            VersionRollback runs), or AWS says no.
        Busy: somebody else's update of the cluster is in progress.
        Unreachable, UnexpectedResponse: see aws/errors.py.
    """
    subject = _subject(cluster)
    target = Minor.parse(to_version)
    with aws_errors_about(subject):
        raw = read_cluster(clients.eks, cluster)
        if raw is None:
            raise _refused(subject, "there is no such cluster any more", "check cluster_name")
        updates = read_updates(clients.eks, cluster)
        adopted = _adopt(updates, cluster, target)
        if adopted:
            return adopted
        if rollback := running_rollback(updates):
            raise Refused(_TITLE, [rollback_problem(rollback, cluster)])
        # For minutes after an update's success DescribeCluster shows the old version at times.
        if Minor.parse(raw["version"]) == target or brought_to(updates, target):
            return StepResult(f"the {subject} is at {target} already", data={"update_id": None})
        _check_startable(raw, target, subject)
        try:
            return _start(clients, cluster, target, force=force, token=token)
        except ClientError as error:
            return _nodes_first_or_refused(clients, cluster, target, behind, error)


def _nodes_first_or_refused(
    clients: AwsClients,
    cluster: str,
    target: Minor,
    behind: Collection[str],
    error: ClientError,
) -> StepResult:
    """What AWS's no comes to: nodes first, where a run can bring them up, or else an error."""
    refusal = _explain_refusal(clients, cluster, target, error)
    if refusal is None:
        raise error
    if behind and groups_trail(error_code(error), error_message(error)):
        return _nodes_first(target, behind, refusal)
    raise refusal from error


def is_started(clients: AwsClients, cluster: str, to_version: str) -> bool:
    """Whether an update to that version runs or is done, so that nothing is left to be asked for.

    Raises:
        Unreachable, Refused, UnexpectedResponse: see aws/errors.py.
    """
    target = Minor.parse(to_version)
    with aws_errors_about(_subject(cluster)):
        updates = read_updates(clients.eks, cluster)
        running = any(goes_to(update, target) for update in in_progress(updates))
        if running or brought_to(updates, target):
            return True
        raw = read_cluster(clients.eks, cluster)
        return raw is not None and Minor.parse(raw["version"]) >= target


def _adopt(updates: Iterable[Raw], cluster: str, target: Minor) -> StepResult | None:
    """The running version update to the target, whoever started it."""
    for update in in_progress(updates):
        if goes_to(update, target):
            text = f"update {update['id']} of cluster {cluster!r} to {target} runs already: adopted"
            return StepResult(text, data={"update_id": update["id"]})
    return None


def _check_startable(raw: RawDict, target: Minor, subject: str) -> None:
    present = Minor.parse(raw["version"])
    if present.next() != target:
        what = f"it is at {present}, and {target} is not the next minor"
        raise _refused(subject, what, "run again: a new plan will start from what is")
    if cluster_in_motion(raw):
        raise Busy(
            f"{subject}: its status is {raw['status']}: an update that is not to {target} is "
            "in progress. Nothing was changed; try again when it has ended"
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
        updates = read_updates(clients.eks, cluster) if _in_use(error) else ()
        adopted = _adopt(updates, cluster, target)
        if adopted:
            return adopted
        raise
    text = f"started update {update['id']} of cluster {cluster!r} to {target}"
    return StepResult(text, changed=True, data={"update_id": update["id"]})


def _nodes_first(target: Minor, behind: Collection[str], refusal: UpgradeError) -> StepResult:
    """AWS knows better than the plan: nodes go first, then this hop is tried again."""
    text = (
        f"AWS does not take {target} yet, because node groups trail. Nothing was moved; the next "
        f"run brings up {first_few(behind)}, and the one after that tries this hop again"
    )
    why = refusal.problems[0].what if isinstance(refusal, Refused) else str(refusal)
    told = Obstacle(why, "node groups are brought up first")
    data = {"update_id": None, NODES_FIRST: True, "nothing_to_do": True}
    return StepResult(text, data=data, obstacles=(told,))


def _explain_refusal(
    clients: AwsClients, cluster: str, target: Minor, error: ClientError
) -> UpgradeError | None:
    """AWS's no in our words; None when it is none of the known ones."""
    subject, code, message = _subject(cluster), error_code(error), error_message(error)
    if _in_use(error):
        what = f"AWS refused the update to {target} with {code}: {message}"
        return cluster_busy(clients.eks, cluster, subject, what)
    return known_refusal(subject, target, code, message)


def _subject(cluster: str) -> str:
    return f"control plane of cluster {cluster!r}"


def _in_use(error: ClientError) -> bool:
    return error_code(error) == "ResourceInUseException"
