"""What becomes of node groups and add-ons while a step waits for something else. Pure.

EKS calls a node group or an add-on DEGRADED at any moment, with the reason in its health issues.
A person wants to know at once: a wait for the control plane, a drain or a deletion takes an hour.
Nothing here ends a run.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from include.eks_upgrade.aws.facts import status_text
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.verification.cluster import ACTIVE, DEGRADED, BrokenBefore

IN_MOTION: Final = frozenset({"CREATING", "UPDATING", "DELETING"})
"""Says nothing of the health. A status that is not known is told: it may be a bad one."""

HEALED: Final = "it got well by itself"
GONE: Final = "it does not exist any more"


@dataclass(frozen=True)
class Condition:
    """How one node group or add-on is.

    Attributes:
        status: EKS's word.
        text: the word with the health issues.
        issues: code and resource ids of each issue; None: not known. Not the messages, in which
            EKS counts and which so change without any news.
    """

    status: str
    text: str = ""
    issues: frozenset[tuple[str, ...]] | None = None

    @property
    def well(self) -> bool:
        """Whether EKS has nothing to say against it."""
        return self.status == ACTIVE


WELL: Final = Condition(ACTIVE)

Conditions = Mapping[str, Condition]
"""By object, as people call it (`node group 'workers'`)."""


@dataclass(frozen=True)
class News:
    """One change. `bad`: it is not well; `what` is then its obstacle."""

    subject: str
    what: str
    bad: bool


def named_group(name: str) -> str:
    """What a node group is called."""
    return f"node group '{name}'"


def named_addon(name: str) -> str:
    """What an add-on is called."""
    return f"add-on '{name}'"


def conditions(groups: Mapping[str, Raw], addons: Mapping[str, Raw]) -> dict[str, Condition]:
    """The conditions of raw DescribeNodegroup and DescribeAddon answers, by their names."""
    raws = {named_group(name): raw for name, raw in groups.items()}
    raws |= {named_addon(name): raw for name, raw in addons.items()}
    return {subject: _condition(raw) for subject, raw in raws.items()}


def conditions_before(before: BrokenBefore) -> dict[str, Condition]:
    """What was not well before the run: it is no news that it still is not."""
    texts = {named_group(name): text for name, text in before.node_groups.items()}
    texts |= {named_addon(name): text for name, text in before.addons.items()}
    return {name: Condition(text.partition(";")[0], text) for name, text in texts.items()}


def news(before: Conditions, now: Conditions) -> list[News]:
    """What is to be told, by object.

    Args:
        before: how each was when last seen; one that is missing was well.
        now: how each is.
    """
    found = [_news(name, before.get(name, WELL), now[name]) for name in sorted(now)]
    return [one for one in found if one is not None]


def last_seen(before: Conditions, now: Conditions) -> dict[str, Condition]:
    """How each was last, for the next look; what is in motion is as it was before."""
    settled = {name: each for name, each in now.items() if each.status not in IN_MOTION}
    return {**before, **settled}


def _condition(raw: Raw) -> Condition:
    issues = list((raw.get("health") or {}).get("issues") or ())
    ids = frozenset((str(one.get("code")), *sorted(one.get("resourceIds") or ())) for one in issues)
    return Condition(str(raw.get("status")), status_text(raw), ids)


def _news(subject: str, before: Condition, now: Condition) -> News | None:
    if now.status in IN_MOTION or (now.well and before.well):
        return None
    if now.well:
        return News(subject, f"{subject} is well again", bad=False)
    if before.well:
        return News(subject, f"{subject} became {now.text}", bad=True)
    if not _worse(before, now):
        return None
    return News(subject, f"{subject} was {before.status} and is now {now.text}", bad=True)


def _worse(before: Condition, now: Condition) -> bool:
    """DEGRADED is the mildest; of the same word, only further issues are news."""
    if now.status != before.status:
        return now.status != DEGRADED
    return before.issues is not None and not (now.issues or frozenset()) <= before.issues


class HealthLog:
    """What was told in one wait.

    Args:
        before: how things were before the run; None: the first look shows it, and is no news.
    """

    def __init__(self, before: BrokenBefore | None) -> None:
        self._seen = None if before is None else conditions_before(before)
        self._told: dict[str, dict[str, str]] = {}

    def look(self, now: Conditions) -> list[News]:
        """Take in one look at everything that is watched; what is new in it."""
        told = [] if self._seen is None else news(self._seen, now)
        known = {name: each for name, each in (self._seen or {}).items() if name in now}
        self._seen = last_seen(known, now)
        for subject in self._told.keys() - now.keys():
            self._pass(subject, GONE)
        for one in told:
            if one.bad:
                self._told.setdefault(one.subject, {})[one.what] = ""
            else:
                self._pass(one.subject, HEALED)
        return told

    def obstacles(self) -> list[Obstacle]:
        """All that became bad, by object in the order in which it was seen."""
        return [Obstacle(what, by) for met in self._told.values() for what, by in met.items()]

    def _pass(self, subject: str, by: str) -> None:
        met = self._told.get(subject, {})
        met.update({what: passed or by for what, passed in met.items()})
