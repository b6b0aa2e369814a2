"""This project's Kubernetes client beside the libraries that could stand in its place.

    .venv/bin/python -m benchmarks.kubernetes_clients
    .venv/bin/python -m benchmarks.kubernetes_clients --events 1000 --only ours --only kr8s

Each lists and watches the pods of a fake API server over HTTPS on the loopback, in a process of
its own, and is asked for what a drain needs. kr8s and lightkube are not among this project's
requirements: a library that is not installed is left out, and that is said. Why the project keeps
its own client: docs/decisions/kubernetes-client.md.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.kubernetes_clients.common import FIRST_VERSION
from benchmarks.kubernetes_clients.table import (
    LIBRARIES,
    Library,
    Measured,
    need_lines,
    number_lines,
)

ROOT = Path(__file__).resolve().parents[2]


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=10_000, help="default: %(default)s")
    parser.add_argument("--pods", type=int, default=1_000, help="default: %(default)s")
    parser.add_argument("--imports", type=int, default=5, help="cold imports; their median counts")
    parser.add_argument("--only", action="append", choices=LIBRARIES, help="may be repeated")
    parser.add_argument("--limit", type=float, default=110.0, help="seconds for everything")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Measure and print; 1 when ours could not be measured."""
    asked = arguments(words)
    deadline = time.monotonic() + asked.limit
    present, missing = sorted_out(asked.only or list(LIBRARIES))
    for line in missing:
        print(line, flush=True)
    with server(asked.pods, asked.events) as place:
        place |= {"pods": asked.pods, "last": str(FIRST_VERSION + asked.events)}
        measured = measure(present, place, asked.imports, deadline)
    for one in measured:
        if one.failure:
            print(f"{one.name}: {one.failure}")
    if not measured[0].numbers:
        return 1
    print(f"\n{asked.pods:,} pods listed, {asked.events:,} events watched\n")
    print("\n".join([*number_lines(measured), "", *need_lines(measured)]))
    return 0


def sorted_out(
    names: Sequence[str], has: Callable[[str], bool] | None = None
) -> tuple[list[str], list[str]]:
    """The contestants that are here, ours first, and a line for each that is not.

    Args:
        names: whom to compare with ours.
        has: whether a package is installed.
    """
    has = has or installed
    present, missing = ["ours"], []
    for name in (each for each in names if each != "ours"):
        package = LIBRARIES[name].package
        if has(package):
            present.append(name)
        else:
            missing.append(f"{name}: left out, for {package} is not installed")
    return present, missing


def measure(
    names: list[str], place: dict[str, Any], imports: int, deadline: float
) -> list[Measured]:
    """Every contestant, one after the other; who comes too late is left out, and says so."""
    times: dict[Library, dict[str, float]] = {}
    measured = []
    for name in names:
        library = LIBRARIES[name]
        try:
            if library not in times:
                times[library] = import_times(library, imports, deadline)
            follow = child("follow", name, deadline=deadline, place=place)
            can = child("needs", name, deadline=deadline, place=place)
        except subprocess.TimeoutExpired:
            measured.append(Measured(name, failure="left out, for --limit is over"))
            continue
        except subprocess.CalledProcessError as error:
            words = error.stderr.strip().splitlines() or ["no words"]
            measured.append(Measured(name, failure=f"failed: {words[-1]}"))
            continue
        files = follow.pop("ca_files")
        can = {"ca_files": files, **can}
        measured.append(
            Measured(name, version_of(library.package), {**times[library], **follow}, can)
        )
    return measured


def import_times(library: Library, imports: int, deadline: float) -> dict[str, float]:
    """The median of some cold imports; one before them fills the caches of disk and bytecode."""
    runs = [
        child("import", *library.modules, deadline=deadline) for _ in range(max(1, imports) + 1)
    ][1:]
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def child(
    what: str, *names: str, deadline: float, place: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What a measuring process writes.

    Raises:
        subprocess.TimeoutExpired: the deadline came first.
        subprocess.CalledProcessError: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.kubernetes_clients.measure", what, *names],
        input=json.dumps(place),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=max(0.1, deadline - time.monotonic()),
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@contextmanager
def server(pods: int, events: int) -> Iterator[dict[str, Any]]:
    """The fake API server in a process of its own; where it is."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "benchmarks.kubernetes_clients.server"),
            *(f"--pods={pods}", f"--events={events}"),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the benchmark, which then ends it
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the fake API server did not start; its words are above")
        yield json.loads(line)
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def installed(package: str) -> bool:
    """Whether a package can be imported."""
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # the parent of a subpackage
        return False


def version_of(package: str) -> str:
    """The version of the distribution that a package comes from, or empty."""
    try:
        name = package.partition(".")[0]
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
