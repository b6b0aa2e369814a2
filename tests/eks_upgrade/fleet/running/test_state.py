"""What outlives the fleet's runs: written, read, edited by hand, and misspelt."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.fleet.running.resume import resumed
from include.eks_upgrade.fleet.running.state import (
    FAILED,
    KEYS,
    PAUSED,
    SKIPPED,
    STOPPED,
    UNJUDGED,
    Failures,
    FleetState,
    Pause,
    Skip,
    Stop,
    means,
    read_state,
    text_of,
)

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
STOP = Stop(why="2 unhealthy (0 allowed)", ring="canary", run_id="manual__1", at="2026-11-28")
ARN = "arn:aws:eks:eu-west-1:111122223333:cluster/shop"


def test_nothing_written_says_nothing() -> None:
    assert read_state({}) == FleetState()
    assert read_state(dict.fromkeys(KEYS, " ")) == FleetState()


def test_what_is_written_is_read_back() -> None:
    skips = (Skip(cluster="payments/*", why="audit", by="Ada", until="2026-12-01"),)
    texts = {
        STOPPED: text_of(STOP),
        PAUSED: text_of(Pause(why="lunch", by="Ada")),
        SKIPPED: text_of(skips),
        FAILED: text_of(Failures(run_id="manual__1", clusters=(ARN,))),
        UNJUDGED: text_of({"canary": [ARN]}),
    }
    assert read_state(texts) == FleetState(
        stop=STOP,
        pause=Pause(why="lunch", by="Ada"),
        skips=skips,
        failures=Failures(run_id="manual__1", clusters=(ARN,)),
        unjudged={"canary": (ARN,)},
    )


BROKEN = [
    pytest.param(STOPPED, "yes", id="no JSON"),
    pytest.param(STOPPED, "[]", id="a list for an object"),
    pytest.param(STOPPED, '{"wy": "misspelt"}', id="a key that is none"),
    pytest.param(PAUSED, "true", id="only true"),
    pytest.param(SKIPPED, '{"cluster": "a"}', id="an object for a list"),
    pytest.param(
        SKIPPED, '[{"cluster": "a", "why": "b", "until": "soon"}]', id="a date that is none"
    ),
    pytest.param(UNJUDGED, "[1]", id="a list for rings"),
]


@pytest.mark.parametrize(("key", "text"), BROKEN)
def test_what_cannot_be_read_stops_the_fleet(key: str, text: str) -> None:
    with pytest.raises(Refused, match=key):
        read_state({key: text})


def test_all_that_cannot_be_read_is_named() -> None:
    with pytest.raises(Refused) as told:
        read_state({STOPPED: "?", PAUSED: "?"})
    assert len(told.value.problems) == 2


def test_a_stop_holds_until_a_person_resumes_and_then_says_who_and_why() -> None:
    state = FleetState(stop=STOP, pause=Pause(why="lunch"))
    assert "stopped at ring 'canary'" in state.stopped
    after = resumed(state, "Ada", "the add-on is repaired", NOW)
    assert (after.stopped, after.paused) == ("", "")
    kept = json.loads(text_of(after.stop or STOP))
    assert (kept["resumed_by"], kept["resumed_because"]) == ("Ada", "the add-on is repaired")
    assert kept["why"] == STOP.why
    assert resumed(after, "Bob", "again", NOW).stop == after.stop


def test_a_skip_ends_on_its_day() -> None:
    skip = Skip(cluster="shop", why="audit", until="2026-11-28T03:00")
    assert skip.holds(NOW)
    assert not skip.holds(NOW.replace(hour=3))
    assert Skip(cluster="shop", why="audit").holds(NOW)


MEANT = [
    pytest.param("shop", True, id="its name"),
    pytest.param("payments/eu-west-1/shop", True, id="its title"),
    pytest.param(ARN, True, id="its ARN"),
    pytest.param(" sh* ", True, id="a pattern, with blanks"),
    pytest.param("payments/*", True, id="a pattern of the account"),
    pytest.param("Shop", False, id="another case"),
    pytest.param("eu-west-1", False, id="a part of it"),
    pytest.param("", False, id="nothing"),
]


@pytest.mark.parametrize(("pattern", "meant"), MEANT)
def test_a_pattern_means_a_cluster(pattern: str, meant: bool) -> None:
    assert means(pattern, ARN, "payments/eu-west-1/shop") is meant


def test_a_stop_says_since_when_as_people_write_it() -> None:
    stop = replace(STOP, at="2026-11-27T11:03:10+00:00")
    assert str(stop).startswith(
        "the fleet is stopped at ring 'canary' since 27 Nov 2026, 11:03 UTC"
    )
