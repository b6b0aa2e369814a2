"""Numbers in sentences: one pod is, two pods are, and never "pod(s)"."""

import re
from pathlib import Path

import pytest

from include.eks_upgrade.common.counting import agreeing, counted

ROOT = Path(__file__).parents[3]


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


READ = ["include/eks_upgrade", "include/local_airflow", "plugins", "dags", "docs", "README.md"]


def texts() -> list[Path]:
    roots = [ROOT / name for name in READ]
    found = [file for root in roots for file in ([root] if root.is_file() else root.rglob("*"))]
    return [file for file in found if file.suffix in {".py", ".md", ".jinja"}]


def test_nobody_reads_a_plural_in_brackets() -> None:
    # kube-scheduler's own words are quoted as they are.
    found = {
        f"{file.relative_to(ROOT)}: {match}"
        for file in texts()
        for match in re.findall(r"\w+\((?:e?s|ies)\)(?![\w(])", file.read_text("utf-8"))
    }
    assert {one for one in found if "node(s)" not in one or "eks_upgrade" not in one} == set()
