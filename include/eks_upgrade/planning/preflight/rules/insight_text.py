"""What an EKS upgrade insight says, in a sentence.

Insights are judged by category and status, never by name: AWS adds and renames them.
"""

from collections.abc import Iterable

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.text import first_few, unstopped
from include.eks_upgrade.common.time.moments import moment_text
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.planning.preflight.rules.api_clients import clients_of


def insight_status(insight: Raw) -> str:
    """AWS's word: PASSING, WARNING, ERROR, UNKNOWN, or one that came later."""
    return str((insight.get("insightStatus") or {}).get("status", "UNKNOWN"))


def for_version(insights: Iterable[Raw], target: Minor) -> tuple[Raw, ...]:
    """The insights about the target, and those that name no version at all."""
    return tuple(one for one in insights if one.get("kubernetesVersion", "") in {"", str(target)})


def insight_text(insight: Raw) -> str:
    """Status, AWS's reason and recommendation, what it is about, and when AWS last looked."""
    status = insight.get("insightStatus") or {}
    reason = status.get("reason") or insight.get("description") or "no reason given"
    parts = [f"{insight_status(insight)}: {reason}"]
    parts += [f"AWS recommends: {insight['recommendation']}"] if "recommendation" in insight else []
    parts += [text for text in (_resources(insight), _calls(insight), _addons(insight)) if text]
    parts += _age(insight)
    return "; ".join(unstopped(part) for part in parts)


def _age(insight: Raw) -> list[str]:
    """EKS looks about once a day, so what was changed since then is not in it."""
    looked = moment_text(insight.get("lastRefreshTime"))
    return [f"EKS looked at this last at {looked}"] if looked else []


def _resources(insight: Raw) -> str:
    found = insight.get("resources") or ()
    names = [_resource(one) for one in found if insight_status(one) != "PASSING"]
    return f"resources: {first_few(names)}" if names else ""


def _resource(resource: Raw) -> str:
    """One object that the insight is about, with what EKS says of it where it does."""
    name = str(resource.get("kubernetesResourceUri") or resource.get("arn") or "unnamed")
    reason = unstopped(str((resource.get("insightStatus") or {}).get("reason") or ""))
    return f"{name} ({reason})" if reason else name


def _calls(insight: Raw) -> str:
    # The details are what EKS checks. Only those with clients were seen in use.
    summary = insight.get("categorySpecificSummary") or {}
    checked = tuple(summary.get("deprecationDetails") or ())
    called = [one for one in checked if clients_of(one)]
    if called or not checked:
        return "; ".join(_call(one) for one in called)
    return f"EKS checks these and does not say who calls them: {first_few(_each(checked))}"


def _each(details: Iterable[Raw]) -> list[str]:
    return [_call(one) for one in details]


def _call(detail: Raw) -> str:
    text = f"{detail.get('usage', 'an API')} stops in {detail.get('stopServingVersion', '?')}"
    if detail.get("replacedWith"):
        text += f", use {detail['replacedWith']}"
    clients = clients_of(detail)
    return f"{text}, called by {first_few(clients)}" if clients else text


def _addons(insight: Raw) -> str:
    summary = insight.get("categorySpecificSummary") or {}
    return "; ".join(
        f"add-on {one.get('name')} fits with {first_few(list(one.get('compatibleVersions') or ()))}"
        for one in summary.get("addonCompatibilityDetails") or ()
    )
