"""docs/prediction.md has the times that the code has."""

import re
from pathlib import Path

from include.eks_upgrade.control_plane.prices import MONTH_HOURS, PRICES
from include.eks_upgrade.planning.prediction import defaults as usual
from include.eks_upgrade.planning.prediction.defaults import Usual

PAGE = (Path(__file__).parents[4] / "docs/prediction.md").read_text()
ROWS = {
    "plan and lock": usual.TASKS,
    "one version of an add-on": usual.ADDON,
    "control plane": usual.CONTROL_PLANE,
    "new nodes Ready": usual.NODES_UP,
    "check of the workloads": usual.CHECK,
    "deletion of the old group": usual.DELETION,
}


def test_the_usual_times_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) min \| ([\d.]+) min \|$", PAGE, re.MULTILINE)
    assert len(rows) == len(ROWS)
    for name, step in ROWS.items():
        (found,) = [(float(b), float(p)) for about, b, p in rows if about.startswith(name)]
        assert found == (step.best, step.probable)


def test_a_step_is_never_quicker_than_at_best() -> None:
    steps = [one for one in vars(usual).values() if isinstance(one, Usual)]
    assert len(steps) == len(ROWS)
    assert all(one.best <= one.probable <= one.long for one in steps)


def test_what_is_assumed_of_pods_is_on_the_page() -> None:
    assert f"or {usual.START_SECONDS:.0f} s; the plan says so" in PAGE
    assert f"a sixth of its grace period ({30 * usual.STOP_SHARE:.0f} s of 30)" in PAGE
    assert usual.REACTION_SECONDS == 0.1
    assert "a tenth of a second between a Ready replacement" in " ".join(PAGE.split())


def test_the_dollars_of_a_month_are_those_of_the_table() -> None:
    price = PRICES["aws"]
    month = f"{price.standard * MONTH_HOURS:.0f} US dollars in standard support"
    assert f"{month} and {price.extended * MONTH_HOURS:.0f} in extended" in " ".join(PAGE.split())
    assert price.source in PAGE
