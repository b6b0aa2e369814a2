"""An image's deprecation is told where it is over or near, not two years before."""

from datetime import UTC, datetime

import pytest

from include.eks_upgrade.nodes.images.deprecation import deprecation_notes

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(None, id="field absent"),
        pytest.param("", id="empty"),
        pytest.param("2027-09-24T00:36:36.000Z", id="two years after creation"),
        pytest.param("2027-01-26T00:00:00.000Z", id="61 days ahead"),
    ],
)
def test_a_deprecation_far_ahead_is_not_told(told):
    assert deprecation_notes({"DeprecationTime": told}, NOW) == ()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        pytest.param("2023-02-09T19:41:00.000Z", "has deprecated it since 2023-02-09", id="past"),
        pytest.param("2026-11-26T11:59:59.000Z", "has deprecated it since 2026-11-26", id="just"),
        pytest.param("2026-12-24T00:00:00.000Z", "deprecates it on 2026-12-24", id="near"),
        pytest.param("2020-09-24T13:31:456.000Z", "cannot be read: 2020-09-24T13:31:456.000Z",
                     id="no time at all"),
    ],
)  # fmt: skip
def test_a_deprecation_that_is_over_or_near_is_told(told, words):
    (note,) = deprecation_notes({"DeprecationTime": told}, NOW)
    assert words in note
