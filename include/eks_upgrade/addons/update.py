"""Updating one EKS add-on: look, start or adopt, and judge what became of it.

Configuration and pod identity associations are kept by leaving them out of the call. The role of
the service account is sent again: left out, it is taken away, and the role of the nodes is used.
https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateAddon.html
"""

from dataclasses import replace
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from include.eks_upgrade.addons.plan import AddonStep
from include.eks_upgrade.addons.states import only_made_anew
from include.eks_upgrade.addons.versions import version_key
from include.eks_upgrade.aws.addons import read_addon
from include.eks_upgrade.aws.busy import cluster_busy
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import (
    aws_errors_about,
    error_code,
    error_message,
    remedy_of_refusal,
)
from include.eks_upgrade.aws.facts import health_text
from include.eks_upgrade.aws.statuses import addon_in_motion
from include.eks_upgrade.aws.updates.outcome import errors_text, update_outcome
from include.eks_upgrade.aws.updates.read import read_updates
from include.eks_upgrade.aws.updates.state import newest_in_progress, update_param
from include.eks_upgrade.common.errors import Refused, refusal
from include.eks_upgrade.common.outcome import Done, Failed, NotYet, Outcome
from include.eks_upgrade.common.raw import Raw, RawDict

_refused = partial(refusal, "The add-on cannot be updated")

_OF_THE_ADDON = "as it is currently in"
"""Of a 409 that is about the add-on's own state; otherwise the cluster is busy."""

_REFUSALS = frozenset({"InvalidParameterException", "InvalidRequestException"})


def next_version(step: AddonStep, raw_addon: Raw) -> str | None:
    """The next version of the step's way, None when the add-on is at its end or beyond."""
    current = version_key(str(raw_addon.get("addonVersion", "")))
    left = (one for one in step.versions if version_key(one) != current)
    return next((one for one in left if (version_key(one) < current) is step.back), None)


def start_addon_update(clients: AwsClients, cluster: str, step: AddonStep) -> str | None:
    """Start the next update of the step's way, or adopt the one that runs.

    Returns:
        The update's id; empty when the last version is there and only not well yet; None when
        nothing is left to do.

    Raises:
        Busy: the cluster is at work, with an update that EKS lists or without.
        Refused: the add-on is gone, can only be made anew, or AWS finds the update invalid.
        Unreachable, UnexpectedResponse: see aws/errors.py.
    """
    name = step.name
    subject = f"add-on {name!r} of cluster {cluster!r}"
    with aws_errors_about(subject):
        addon = _installed(clients, cluster, name, subject)
        if _updating(addon):
            running = _running_update(clients, cluster, name)
            if running:
                return running
            # It ended between the two looks, and the first one shows the old version.
            addon = _installed(clients, cluster, name, subject)
        version = next_version(step, addon)
        problem = only_made_anew(name, addon, version or "")
        if problem:
            raise Refused("The add-on cannot be updated", [problem])
        if version:
            return _update(clients, cluster, step, addon, version)
        return "" if _getting_well(addon) else None


def addon_outcome(update: Raw | None, addon: Raw | None) -> Outcome:
    """Judge the update together with the add-on; `update` is None when none was needed.

    A successful update alone is not enough: the add-on must be ACTIVE as well. DEGRADED is
    waited for, its health issues are shown: coredns is, while its new pods start. A failed update
    is not final when the new version is in place all the same: AWS gave up on a time-out of its
    own, takes nothing back, and the add-on gets well later
    (https://github.com/hashicorp/terraform-provider-aws/pull/49104).
    """
    if addon is None:
        return Failed("the add-on is no longer installed. Run again: the new plan leaves it out")
    subject = f"add-on {addon.get('addonName')!r}"
    if update is not None:
        outcome = update_outcome(update, subject)
        if isinstance(outcome, Failed) and not _in_place_all_the_same(update, addon):
            return Failed(f"{outcome.detail}{_health(addon)}")
        if isinstance(outcome, Failed):
            return _after_a_time_out(update, addon, subject)
        if isinstance(outcome, NotYet):
            alarm = addon.get("status") == "DEGRADED"
            return NotYet(f"{outcome.detail}{_health(addon)}", alarm=alarm)
    return _status_outcome(addon, subject)


def _in_place_all_the_same(update: Raw, addon: Raw) -> bool:
    """Whether the version that a failed update went to is there, and may get well by itself."""
    there = addon.get("addonVersion")
    wanted = update_param(update, "AddonVersion")
    well = addon.get("status") == "ACTIVE" and not health_text(addon)
    return bool(there) and there == wanted and (well or _getting_well(addon))


def _after_a_time_out(update: Raw, addon: Raw, subject: str) -> Outcome:
    outcome = _status_outcome(addon, subject)
    if not isinstance(outcome, NotYet):
        return outcome
    errors = errors_text(update) or "without a reason"
    return replace(
        outcome,
        detail=f"{outcome.detail}. EKS gave the update up ({errors}), but its version is in place "
        "and may get well by itself",
    )


def _getting_well(addon: Raw) -> bool:
    return addon.get("status") == "DEGRADED" or addon_in_motion(addon)


def _status_outcome(addon: Raw, subject: str) -> Outcome:
    status, version = addon.get("status"), addon.get("addonVersion")
    state = f"{subject} is {status} at {version}"
    if status == "ACTIVE":
        return Done(state, {"version": version})
    if _getting_well(addon):
        return NotYet(f"{state}{_health(addon)}", alarm=status == "DEGRADED")
    return Failed(
        f"{state}{_health(addon)}. Remove the cause; conflicts with changed settings are resolved "
        "as addon_conflicts says. Then repeat the step that started the update, or run again"
    )


def _update(
    clients: AwsClients, cluster: str, step: AddonStep, addon: RawDict, version: str
) -> str:
    arguments: dict[str, Any] = {
        "clusterName": cluster,
        "addonName": step.name,
        "addonVersion": version,
        "resolveConflicts": step.resolve_conflicts,
    }
    if addon.get("serviceAccountRoleArn"):
        arguments["serviceAccountRoleArn"] = addon["serviceAccountRoleArn"]
    try:
        return str(clients.eks.update_addon(**arguments)["update"]["id"])
    except ClientError as error:
        return _adopt_or_raise(clients, cluster, step.name, error)


def _adopt_or_raise(clients: AwsClients, cluster: str, name: str, error: ClientError) -> str:
    """An update that began between our look and our call is adopted; a refusal is raised."""
    code = error_code(error)
    if code == "ResourceInUseException":
        running = _running_update(clients, cluster, name)
        if running:
            return running
        if _OF_THE_ADDON not in error_message(error).lower():
            subject = f"add-on {name!r} of cluster {cluster!r}"
            what = f"AWS refused the update with {code}: {error_message(error)}"
            raise cluster_busy(clients.eks, cluster, subject, what) from error
    if code in _REFUSALS:
        subject = f"add-on {name!r} of cluster {cluster!r}"
        what = f"AWS refused the update with {code}: {error_message(error)}"
        raise _refused(subject, what, remedy_of_refusal(error_message(error))) from error
    raise error


def _installed(clients: AwsClients, cluster: str, name: str, subject: str) -> RawDict:
    addon = read_addon(clients.eks, cluster, name)
    if addon is None:
        what = "it is no longer an EKS add-on of the cluster"
        raise _refused(subject, what, "run again: the new plan will leave it out")
    return addon


def _running_update(clients: AwsClients, cluster: str, name: str) -> str | None:
    running = newest_in_progress(read_updates(clients.eks, cluster, addon=name))
    return str(running["id"]) if running else None


def _updating(addon: RawDict) -> bool:
    return bool(addon.get("status") == "UPDATING")


def _health(addon: Raw) -> str:
    health = health_text(addon)
    return f"; health: {health}" if health else ""
