"""`make crash-matrix`: an upgrade is killed at each kind of change that it makes; exit code 0 or 1.

python -m tests.crash [word ...]     only rows whose call contains one of the words

Without words the rows in which real Airflow loses its processes follow.
"""

import sys
import time

from tests.conftest import REPO
from tests.crash.matrix import Result, opened, table, why_not
from tests.crash.real_airflow import real_rows
from tests.crash.rows import WHENS, single_kills
from tests.crash.scenes import SETTINGS

PAGE = REPO / "docs" / "reliability.md"


def main(words: list[str]) -> int:
    """Run the rows, tell how they go, print the table; 1 when one did not converge."""
    began = time.monotonic()
    results = simulated_rows(words)
    if not words:
        print("the same upgrade under real Airflow", flush=True)
        results += real_rows(_tell)
    print()
    for line in table(results):
        print(line)
    failed = [each for each in results if not each.converged]
    for line in why_not(failed):
        print(f"\n{line}")
    wrong_page = [] if words else page_problems(results)
    for line in wrong_page:
        print(f"\n{line}")
    seconds = time.monotonic() - began
    print(f"\n{len(results) - len(failed)} of {len(results)} rows converged in {seconds:.0f} s")
    return 1 if failed or wrong_page or not results else 0


def page_problems(results: list[Result]) -> list[str]:
    """Where docs/reliability.md tells other numbers than those of this run."""
    simulated = [each.row for each in results if each.row.setting in SETTINGS]
    found = f"{len(simulated)} rows on {len(simulated) // len(WHENS)} kinds of calls"
    told = PAGE.read_text("utf-8")
    return [] if found in told else [f"{PAGE.name} does not say: {found}"]


def simulated_rows(words: list[str]) -> list[Result]:
    """Rows whose processes the matrix starts itself."""
    with opened() as matrix:
        matrix.record()
        rows = [
            row
            for row in single_kills(matrix.kinds)
            if not words or any(word in row.kills[0].kind.label for word in words)
        ]
        print(f"{len(matrix.kinds)} kinds of changes recorded; {len(rows)} rows", flush=True)
        return matrix.results(rows, _tell)


def _tell(result: Result) -> None:
    label, when = (result.outcome.hit or [[result.row.name, "never"]])[0][:2]
    said = "converged" if result.converged else "NOT converged"
    print(f"{label}, {when}: {said}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
