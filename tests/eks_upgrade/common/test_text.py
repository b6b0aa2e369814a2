import pytest

from include.eks_upgrade.common.text import first_few, first_lines, first_sentence, unstopped


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


@pytest.mark.parametrize(
    ("said", "text"),
    [
        pytest.param("It ran out of time. Apply the remedies: 1. pod x", "It ran out of time",
                     id="more sentences"),
        pytest.param("It is locked", "It is locked", id="one without a full stop"),
        pytest.param("node ip-10-4-1-4.eu-central-1 is at v1.34.2 now.",
                     "node ip-10-4-1-4.eu-central-1 is at v1.34.2 now", id="full stops in names"),
        pytest.param("2 problems:\n  1. room", "2 problems:", id="a list in lines of its own"),
        pytest.param(" \n", "", id="nothing"),
    ],
)  # fmt: skip
def test_the_first_sentence_says_what_happened_without_what_to_do(said: str, text: str):
    assert first_sentence(said) == text
