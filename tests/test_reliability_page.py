"""The numbers of docs/reliability.md against what is collected, where counting needs no run."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reliability.md"


def test_the_page_tells_how_many_rows_the_fault_table_has() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider",
         "tests/faults"],
        cwd=ROOT, env={**os.environ, "PYTEST_ADDOPTS": ""}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    (collected,) = re.findall(r"^(\d+) tests collected", done.stdout, re.MULTILINE)
    told = re.findall(r"\b(\d+) rows in about", PAGE.read_text("utf-8"))
    assert told == [collected]
