"""The page about the plan names what is judged, file by file."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "plan.md").read_text("utf-8")
PREFLIGHT = ROOT / "include" / "eks_upgrade" / "planning" / "preflight"
FOLDERS = [PREFLIGHT, PREFLIGHT / "rules", PREFLIGHT / "rules" / "new_groups"]
FILES = sorted(
    path.stem for folder in FOLDERS for path in folder.glob("*.py") if path.stem != "__init__"
)


@pytest.mark.parametrize("name", FILES)
def test_each_file_of_the_preflight_has_its_row_on_the_page(name: str) -> None:
    first_cells = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    assert any(f"`{name}`" in cell for cell in first_cells), f"docs/plan.md lacks {name}"


def test_the_page_names_no_file_that_is_not_there() -> None:
    cells = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == set(FILES)
