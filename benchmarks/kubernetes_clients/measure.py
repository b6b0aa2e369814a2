"""One contestant in a process of its own: how long, how much, and what it can.

    python -m benchmarks.kubernetes_clients.measure import aiohttp …
    python -m benchmarks.kubernetes_clients.measure follow kr8s < place.json
    python -m benchmarks.kubernetes_clients.measure needs kr8s < place.json

A line of JSON is read where a place is needed, and one is written.
"""

import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.kubernetes_clients.common import EXPIRED_TOKEN, Contestant, Place, Token
from benchmarks.kubernetes_clients.table import LIBRARIES


def imported(modules: list[str]) -> dict[str, float]:
    """Seconds, and seconds of CPU, for importing these in a fresh process."""
    wall, cpu = time.perf_counter(), time.process_time()
    for module in modules:
        import_module(module)
    return {"import_wall": time.perf_counter() - wall, "import_cpu": time.process_time() - cpu}


def followed(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Seconds of CPU for a list and a watch, and what the process took at most (bytes)."""
    contestant, place = prepared(name, given)
    written: list[str] = []
    sys.addaudithook(lambda event, args: _note_writes(event, args, written))
    cpu = time.process_time()
    picture = asyncio.run(contestant.follow(place, given["last"]))
    cpu = time.process_time() - cpu
    newest = max(int(row[0]) for row in picture.values())
    if (len(picture), str(newest)) != (given["pods"], given["last"]):
        raise SystemExit(f"{name} has {len(picture)} pods as of {newest}: not the whole picture")
    left = [path for path in written if os.path.exists(path)]
    files = f"{len(set(written))} on disk, {len(set(left))} left" if written else "none on disk"
    return {"cpu": cpu, "memory": peak_memory(), "ca_files": files}


def needs(name: str, given: dict[str, Any]) -> dict[str, str]:
    """What a drain needs beyond speed, tried one after the other."""
    answers = {}
    # The eviction first: it is not timed, and a generated client loads its models meanwhile.
    for need in ("evict", "delete", "renew", "resume"):
        contestant, place = prepared(name, given, first=EXPIRED_TOKEN if need == "renew" else "new")
        answers[need] = asyncio.run(getattr(contestant, need)(place))
    return answers


def prepared(name: str, given: dict[str, Any], *, first: str = "new") -> tuple[Contestant, Place]:
    """The contestant and its place."""
    module = import_module(LIBRARIES[name].adapter)
    place = Place(given["endpoint"], given["ca"], given["folder"], Token(first))
    return module.CONTESTANTS[name](), place


def peak_memory() -> int:
    """Bytes that this process held at most."""
    try:  # the parent's peak is inherited by ru_maxrss, not by this
        status = Path("/proc/self/status").read_text()
        return next(
            int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")
        )
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _note_writes(event: str, args: tuple[Any, ...], written: list[str]) -> None:
    if event != "open" or not isinstance(args[0], str) or not isinstance(args[2], int):
        return
    path, _, flags = args
    if flags & (os.O_WRONLY | os.O_RDWR) and not path.startswith("/dev/"):
        written.append(path)


def main() -> None:
    """Do one thing and write what came of it."""
    what, *names = sys.argv[1:]
    if what == "import":
        print(json.dumps(imported(names)))
        return
    given = json.loads(sys.stdin.readline())
    with tempfile.TemporaryDirectory(prefix="kubernetes-clients-") as given["folder"]:
        print(json.dumps((followed if what == "follow" else needs)(names[0], given)))


if __name__ == "__main__":
    main()
