"""What people read: no plural in brackets, nothing that "is told", and counted problems."""

import re
from pathlib import Path

from include.eks_upgrade.common.errors import Problem, Refused

ROOT = Path(__file__).parents[3]


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


TOLD = re.compile(r"(\w+)(?: could not| may| to| not)? (?:is|are|was|were|be|been) told\b")
PERSONS = {"nobody", "somebody", "anybody", "everybody", "who", "whoever", "people"}


def test_only_a_person_is_told() -> None:
    found = {
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in texts()
        if "include" not in file.relative_to(ROOT).parts
        for match in TOLD.finditer(" ".join(file.read_text("utf-8").split()))
        if match[1].lower() not in PERSONS
    }
    assert found == set()


def test_a_refusal_counts_its_problems() -> None:
    problem = Problem("region", "it is empty", "set it")
    assert str(Refused("The upgrade of shop cannot go ahead", [problem])).startswith(
        "The upgrade of shop cannot go ahead: 1 problem\n"
    )
    assert ": 2 problems\n" in str(Refused("It cannot go ahead", [problem, problem]))
