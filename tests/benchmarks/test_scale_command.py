"""The benchmark of many drains in one process tells what missed its bound, and runs to its end."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_drains_each_group_of_a_rehearsal_and_measures_against_the_bounds() -> None:
    sizes = ["--groups", "2", "--nodes", "6", "--pods", "40", "--limit", "90"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks/scale.py"), *sizes],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    drained, took, *measures = done.stdout.splitlines()
    assert drained == "drains: {'done': 2}; those that are done moved 40 pods", done.stderr
    assert took.startswith("together they took ")
    assert [line.split("  ")[0] for line in measures] == [
        "memory of the drains",
        "longest hold of the drains",
        "latest call of the drains",
        "largest account in XCom",
        "a look of the verification, CPU",
        "memory with the verification's looks",
        "longest hold with the verification's looks",
        "latest call with the verification's looks",
    ]
    assert done.returncode == any("MISSED" in line for line in measures)
