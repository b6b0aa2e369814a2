"""Numbers in sentences: one pod is, two pods are, and never "pod(s)"."""

import pytest

from include.eks_upgrade.common.counting import agreeing, counted


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        pytest.param(0, ("pod",), "0 pods", id="none"),
        pytest.param(1, ("pod",), "1 pod", id="one"),
        pytest.param(2, ("pod",), "2 pods", id="two"),
        pytest.param(1, ("pod is", "pods are"), "1 pod is", id="one with its verb"),
        pytest.param(7, ("pod is", "pods are"), "7 pods are", id="many with their verb"),
        pytest.param(12_000_000, ("pod",), "12000000 pods", id="very many"),
    ],
)
def test_the_noun_goes_with_its_number(number: int, words: tuple[str, ...], said: str) -> None:
    assert counted(number, *words) == said


def test_a_verb_goes_with_the_number_of_its_noun() -> None:
    assert [agreeing(number, "is", "are") for number in (0, 1, 2)] == ["are", "is", "are"]
