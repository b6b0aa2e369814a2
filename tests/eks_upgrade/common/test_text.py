import pytest

from include.eks_upgrade.common.text import first_few, first_lines, unstopped


@pytest.mark.parametrize(
    ("names", "most", "text"),
    [
        pytest.param([], 2, "", id="none"),
        pytest.param(["a"], 2, "a", id="fewer"),
        pytest.param(["a", "b"], 2, "a, b", id="just as many"),
        pytest.param(["a", "b", "c"], 2, "a, b and 1 more", id="one more"),
    ],
)
def test_names_the_first_and_counts_the_rest(names: list[str], most: int, text: str):
    assert first_few(names, most) == text


def test_another_separator_stands_between_long_names():
    assert first_few(["a, b", "c"], separator="; ") == "a, b; c"


def test_lines_beyond_the_most_are_counted_in_a_last_one():
    assert first_lines(["a", "b", "c"], 2) == ["a", "b", "and 1 more"]


def test_lines_that_fit_stay_as_they_are():
    assert first_lines(["a", "b"], 2) == ["a", "b"]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        pytest.param("No node group found for name: test.", "No node group found for name: test",
                     id="full stop"),
        pytest.param("Unknown. ", "Unknown", id="stop and space"),
        pytest.param("User data was wrong.\n", "User data was wrong", id="stop and line end"),
        pytest.param("1.25 is too old", "1.25 is too old", id="none at the end"),
        pytest.param("", "", id="nothing"),
    ],
)  # fmt: skip
def test_a_sentence_of_others_gives_up_its_full_stop(said: str, text: str):
    assert unstopped(said) == text
