"""Quantities as people and controllers write them."""

import pytest

from include.eks_upgrade.kube.quantity import quantities, quantity, shown

QUANTITIES = [
    ("1", 1.0),
    (2, 2.0),
    ("100m", 0.1),
    ("1.5", 1.5),
    (".5", 0.5),
    ("2Gi", 2.0 * 2**30),
    ("1k", 1000.0),
    ("1E", 1e18),
    ("1e3", 1000.0),
    ("1e3Ki", 1024000.0),
    ("250u", 0.00025),
    ("-1", -1.0),
    (" 4 ", 4.0),
    ("", None),
    ("Gi", None),
    ("1GiB", None),
    ("ten", None),
    (None, None),
]


@pytest.mark.parametrize(("text", "number"), QUANTITIES)
def test_a_quantity_is_a_number_of_its_unit(text: object, number: float | None) -> None:
    found = quantity(text)
    assert found == (None if number is None else pytest.approx(number))


def test_what_cannot_be_read_is_left_out() -> None:
    assert quantities({"cpu": "1", "memory": "much"}) == {"cpu": 1.0}
    assert quantities(None) == {}


def test_amounts_are_shown_as_people_write_them() -> None:
    assert shown("requests.memory", 1.5 * 2**30) == "1.5Gi"
    assert shown("cpu", 0.25) == "0.25"
    assert shown("nvidia.com/gpu", 2.0) == "2"
