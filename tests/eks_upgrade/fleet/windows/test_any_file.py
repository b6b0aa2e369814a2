"""For any windows, freezes and bypasses: what is said to come next is what then is."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import FleetFile
from include.eks_upgrade.fleet.windows.openings import openings
from include.eks_upgrade.fleet.windows.when import when, windows_of

CLUSTER = FleetCluster(
    arn="a", name="shop", account="1", account_name="one", region="eu-west-1", version="1.33"
)
BEGIN = datetime(2026, 10, 20, tzinfo=UTC)
SELECTORS = st.sampled_from([None, {"names": ["shop"]}, {"names": ["other"]}])
HOURS = st.integers(0, 24 * 14)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])


def after(hours: int) -> str:
    return (BEGIN + timedelta(hours=hours)).isoformat()


WINDOWS = st.builds(
    lambda hour, days, zone, minutes, cutoff, offset, clusters: {
        "name": f"at {hour}",
        "start": f"30 {hour} * * {','.join(str(day) for day in sorted(days))}",
        "zone": zone,
        "duration_minutes": minutes,
        "cutoff_minutes": cutoff * minutes // 10,
        "offset_days": offset,
        "clusters": clusters,
    },
    st.integers(0, 23),
    st.sets(st.integers(0, 6), min_size=1),
    ZONES,
    st.integers(15, 4000),
    st.integers(0, 9),
    st.integers(0, 6),
    SELECTORS,
)
FREEZES = st.builds(
    lambda first, length, clusters: {
        "first": after(first),
        "last": after(first + length),
        "reason": "sale",
        "clusters": clusters,
    },
    HOURS,
    st.integers(1, 200),
    SELECTORS,
)
BYPASSES = st.builds(
    lambda until: {
        "clusters": {},
        "until": after(until),
        "reason": "CVE",
        "windows": False,
    },
    HOURS,
)


@settings(max_examples=60, deadline=None)
@given(
    windows=st.lists(WINDOWS, max_size=3),
    freezes=st.lists(FREEZES, max_size=3),
    bypasses=st.lists(BYPASSES, max_size=1),
    hours=HOURS,
)
def test_the_next_opening_is_the_first_start_at_which_a_run_may_begin(
    windows: list[dict], freezes: list[dict], bypasses: list[dict], hours: int
) -> None:
    file = FleetFile.model_validate(
        {
            "target": {"version": "1.34"},
            "rings": [{"name": "all"}],
            "windows": windows,
            "freezes": freezes,
            "bypasses": bypasses,
        }
    )
    moment = BEGIN + timedelta(hours=hours)
    found = when(file, CLUSTER, moment)
    assert bool(found.why_not) == (found.must_end_by is None)
    until = found.next_opening or moment + timedelta(days=30)
    starts = {each.start for each in openings(windows_of(file.windows, CLUSTER), moment, until)}
    for start in starts:
        if start > moment:
            assert when(file, CLUSTER, start).why_not, start
    if found.next_opening:
        then = when(file, CLUSTER, found.next_opening)
        assert then.why_not == ""
        assert then.must_end_by
        assert then.must_end_by > found.next_opening
