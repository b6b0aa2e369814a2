"""Messages as lines that a log's window shows whole."""

import pytest

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.log_lines import WIDTH, log_lines

LONG = "word " * 60
PROBLEMS = [Problem("target_version", LONG.strip(), "choose 1.34"), Problem("region", "x", "y")]


def test_each_problem_is_a_line_and_its_remedy_the_next() -> None:
    lines = log_lines(
        str(Refused("It cannot be", [Problem("a", "b", "c"), Problem("d", "e", "f")]))
    )
    assert [line.strip() for line in lines[1:]] == [
        "1. a: b.",
        "Remedy: c.",
        "2. d: e.",
        "Remedy: f.",
    ]


def test_a_long_problem_goes_on_below_its_beginning_and_before_its_remedy() -> None:
    lines = log_lines(str(Refused("It cannot be", PROBLEMS)))
    assert lines[1].startswith("  1. target_version: word")
    assert lines[2].startswith("     word")
    assert [line.strip() for line in lines[-3:]] == [
        "Remedy: choose 1.34.",
        "2. region: x.",
        "Remedy: y.",
    ]


def test_the_remedy_of_a_blocked_pod_has_its_own_line_too() -> None:
    lines = log_lines("  1. pod shop/web on n: no room (budget full); remedy: raise the budget")
    assert lines == [
        "  1. pod shop/web on n: no room (budget full).",
        "     Remedy: raise the budget",
    ]


NO_LONGER = {
    "one word of ten thousand characters": "x" * 10_000,
    "many words": LONG,
    "a literal longer than a line": f"run `{'kubectl get pods ' * 20}`",
    "indented": "        " + LONG,
    "wide alphabets": "узел не готов " * 40,
}


@pytest.mark.parametrize("message", NO_LONGER.values(), ids=NO_LONGER)
def test_no_line_is_longer_than_the_window(message: str) -> None:
    lines = log_lines(message)
    assert max(map(len, lines)) <= WIDTH
    assert "".join("".join(lines).split()) == "".join(message.split())


def test_what_is_to_be_copied_stays_in_one_piece() -> None:
    command = "`kubectl --context shop get poddisruptionbudgets -n shop web -o yaml`"
    lines = log_lines(f"{'word ' * 20}and then look at {command} for the reason")
    assert any(command in line for line in lines)


@pytest.mark.parametrize("message", ["", "\n \n"])
def test_nothing_is_no_line(message: str) -> None:
    assert log_lines(message) == []


def test_a_short_message_stays_as_it_is() -> None:
    assert log_lines("drain of node group left: 1 of 1 nodes empty") == [
        "drain of node group left: 1 of 1 nodes empty"
    ]
