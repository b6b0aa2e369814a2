"""The plan of an opening as lines that a narrow window shows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from include.eks_upgrade.fleet.cluster import BrokenPlace
from include.eks_upgrade.fleet.make_plan import make_plan
from include.eks_upgrade.fleet.plan import FleetPlan
from include.eks_upgrade.fleet.table import table
from tests.eks_upgrade.fleet.builders import OPENS, cluster, fleet_file, found

FREEZE = {
    "first": "2026-11-27",
    "last": "2026-11-30",
    "reason": "Black Friday",
    "clusters": {"names": ["ice"]},
}
SOME = [
    cluster("shop", version="1.33", update_minutes=(30.0,)),
    cluster("ice", version="1.33"),
    cluster("done", version="1.35"),
    cluster("x" * 100, version="1.34"),
    cluster("odd\x1b[31m\n\nname", account_name="a\tb"),
]
FILE = fleet_file(freezes=[FREEZE], clusters={"exclude": [{"names": ["odd*"]}]})


def plan(**said: Any) -> FleetPlan:
    broken = (BrokenPlace("search", "eu-west-1", "AccessDenied: not allowed to list"),)
    return make_plan(FILE, found(*SOME, broken=broken), OPENS, **said)


@pytest.mark.parametrize("width", [1, 20, 40, 59, 60, 80, 200])
def test_no_line_is_longer_than_the_window(width: int) -> None:
    lines = table(plan(stopped="the canary broke"), width)
    assert max(map(len, lines)) <= max(width, 20)
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("width", [30, 80])
def test_every_cluster_is_there_in_any_width(width: int) -> None:
    text = "".join(line.strip() for line in table(plan(), width))
    for name in ("payments/eu-west-1/shop", "payments/eu-west-1/ice", "x" * 100, "name"):
        assert name in text


def test_a_cluster_is_a_row_with_its_reasons_below() -> None:
    lines = table(make_plan(FILE, found(*SOME[:3]), OPENS), 80)
    assert lines == [
        "Sat 28 Nov 2026 02:00 Europe/Berlin. 3 clusters: 1 to upgrade, 1 skipped, 1 with",
        "nothing to do.",
        "",
        "Ring all: 3 clusters, 10 at once",
        "  payments/eu-west-1/shop  1.33 to 1.34 to 1.35  upgrade",
        "    the target is 1.35; 1.33 is in extended support since 29 Jul 2026, 0.50 US",
        "    dollars an hour more; 25 + 38 min (control plane and add-ons; its nodes",
        "    stay; 1 earlier upgrade took 30 min, and a quarter more); its turn is about",
        "    Sat 02:00 Europe/Berlin",
        "  payments/eu-west-1/ice   1.33 (wants 1.35)     skip",
        "    frozen until 2026-11-30 (UTC), this included: Black Friday; the next opening",
        "    is Sat 5 Dec 2026 02:00 Europe/Berlin (Saturday night); 1.33 is in extended",
        "    support since 29 Jul 2026, 0.50 US dollars an hour more; waiting costs 84.00",
        "    US dollars until the next opening",
        "  payments/eu-west-1/done  1.35                  nothing to do",
        "    already at 1.35",
        "",
        "- The opening ends Sat 28 Nov 2026 06:00 Europe/Berlin; what runs is finished.",
        "- 1 of them waits for a later opening; the next opening is Sat 5 Dec 2026 02:00",
        "  Europe/Berlin.",
        "- Waiting for it costs 84.00 US dollars of extended support.",
    ]


def test_in_a_narrow_window_a_cluster_is_a_block() -> None:
    lines = table(make_plan(FILE, found(SOME[2]), OPENS), 40)
    at = lines.index("  payments/eu-west-1/done")
    assert lines[at : at + 3] == [
        "  payments/eu-west-1/done",
        "    nothing to do: 1.35",
        "    already at 1.35",
    ]


def test_what_is_broken_stopped_or_left_out_is_told() -> None:
    text = "\n".join(table(plan(stopped="the canary broke"), 200))
    assert "- Stopped: the canary broke" in text
    assert "- Could not be looked at: search eu-west-1: AccessDenied: not allowed to list" in text
    assert "In no ring:" in text
    assert "not of the fleet" in text


def test_a_turn_that_is_no_promise_is_told_apart() -> None:
    file = fleet_file(rings=[{"name": "all", "at_once": 1}])
    clusters = [cluster(f"c{at}", update_minutes=(150.0,)) for at in range(2)]
    lines = table(make_plan(file, found(*clusters), OPENS), 100)
    assert any(line.endswith("1.34 to 1.35  upgrade") for line in lines)
    assert any(line.endswith("1.34 to 1.35  if time") for line in lines)
    assert "2 clusters: 1 to upgrade, 1 more if there is time, 0 skipped" in lines[0]


def test_a_fleet_without_clusters_or_windows_has_a_table() -> None:
    empty = make_plan(fleet_file(windows=[]), found(), OPENS + timedelta(days=1))
    assert table(replace(empty, rings=()), 80) == [
        "Sun 29 Nov 2026 01:00 UTC. 0 clusters: 0 to upgrade, 0 skipped, 0 with nothing",
        "to do.",
    ]
