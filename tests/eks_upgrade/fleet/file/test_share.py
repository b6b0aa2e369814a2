"""So many clusters, or so many of a hundred."""

from typing import Any

import pytest
from pydantic import ValidationError

from include.eks_upgrade.fleet.file.model import Ring, Threshold
from include.eks_upgrade.fleet.file.share import rounded_down, rounded_up


@pytest.mark.parametrize(
    ("share", "of", "down", "up"),
    [
        (3, 12, 3, 3),
        ("20%", 12, 2, 3),
        ("20%", 10, 2, 2),
        ("1%", 12, 1, 1),
        ("100%", 12, 12, 12),
        ("7%", 100, 7, 7),
        ("12.5%", 8, 1, 1),
        ("12.5%", 500, 62, 63),
        ("50%", 1, 1, 1),
        ("20%", 0, 1, 0),
    ],
)
def test_a_share_of_a_ring_is_rounded_to_the_safe_side(
    share: int | str, of: int, down: int, up: int
) -> None:
    assert (rounded_down(share, of), rounded_up(share, of)) == (down, up)


@pytest.mark.parametrize("share", [0, "0%"])
def test_none_may_be_unhealthy(share: int | str) -> None:
    assert rounded_up(Threshold(unhealthy=share).unhealthy, 12) == 0


@pytest.mark.parametrize("share", [-1, "-1%", "101%", "150%", "20", "20 %", "half", True, 1.5, []])
def test_what_is_no_share_is_refused_everywhere(share: Any) -> None:
    with pytest.raises(ValidationError):
        Ring(name="a", at_once=share)
    with pytest.raises(ValidationError):
        Threshold(unhealthy=share)


@pytest.mark.parametrize("share", [0, "0%", "0.0%"])
def test_none_side_by_side_would_never_begin(share: Any) -> None:
    with pytest.raises(ValidationError):
        Ring(name="a", at_once=share)
