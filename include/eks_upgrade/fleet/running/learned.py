"""How long upgrades of each cluster have taken, kept between the fleet's runs. Pure.

Only an estimate rests on it: a text that cannot be read is nothing known, and stops nobody.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from include.eks_upgrade.fleet.duration import LAST_RUNS
from include.eks_upgrade.fleet.judge_ring import Outcome
from include.eks_upgrade.planning.prediction.defaults import CONTROL_PLANE

Learned = dict[str, dict[str, float]]
"""Minutes of a run that replaces nodes: by the cluster's ARN, and by the fleet's run in order."""


def read_learned(text: str | None) -> Learned:
    """What was kept."""
    try:
        raw = json.loads(text or "{}")
        return {
            str(arn): {str(run): float(minutes) for run, minutes in runs.items()}
            for arn, runs in raw.items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}


def learned_text(learned: Learned) -> str:
    """The text that `read_learned` reads."""
    return json.dumps(learned)


def learn(known: Learned, run_id: str, results: Iterable[Mapping[str, Any]]) -> Learned:
    """What is known, with what the upgrades of a ring have taken.

    Args:
        known: before.
        run_id: the fleet's run; a ring that is judged again counts once.
        results: what the upgrade tasks left: `outcome`, `arn`, `runs` (one for each minor), and
            the epoch seconds `began` and `ended`.
    """
    found = dict(known)
    for each in results:
        minutes = _minutes(each)
        if minutes is not None:
            runs = {**found.get(each["arn"], {}), run_id: minutes}
            found[each["arn"]] = dict(list(runs.items())[-LAST_RUNS:])
    return found


def minutes_by_arn(learned: Learned) -> dict[str, tuple[float, ...]]:
    """As `duration.with_earlier_runs` takes it."""
    return {arn: tuple(runs.values()) for arn, runs in learned.items()}


def _minutes(result: Mapping[str, Any]) -> float | None:
    """Minutes of one run that replaces the nodes; None where its beginning or end was not seen.

    Of a way over several minors it is not known which runs replaced them. At least one did, and
    the others are taken for as short as can be: who expects too much starts nothing too late.
    """
    began, ended, runs = (result.get(key) for key in ("began", "ended", "runs"))
    if result.get("outcome") != Outcome.HEALTHY or not (began and ended and runs):
        return None
    whole = (float(ended) - float(began)) / 60
    others = CONTROL_PLANE.best * (len(runs) - 1)
    return round(max(whole / len(runs), whole - others), 1)
