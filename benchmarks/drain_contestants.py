"""Who drains: this project's engine, one `kubectl drain` of all nodes, or one for each node.

Each runs in processes of its own, so that it shares nothing with the observer or the rehearsal.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from include.eks_upgrade.drain.options import DrainOptions

ROOT = Path(__file__).resolve().parents[1]

NAMES = ("ours", "kubectl", "kubectl-parallel")

FLAGS = ("--ignore-daemonsets", "--delete-emptydir-data", "--force")
OPTIONS = DrainOptions(
    ignore_daemonsets=True,
    delete_emptydir_data=True,
    force_unmanaged_pods=True,
    load_balancer_drain_seconds=0,  # as kubectl, which leaves the load balancers alone
)
"""What every contestant is given, in kubectl's words and in ours."""

ASKED = re.compile(r"^evicting pod ", re.MULTILINE)
REFUSED = re.compile(r"^error when evicting .*will retry", re.MULTILINE)
"""What kubectl says for each eviction that it asks for, and for each that is refused."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """The cluster, and how it may be drained.

    Attributes:
        kubeconfig: the file; None is kubectl's default. context: its context, None the current.
        nodes: the old nodes by name. selector: their labels.
        requests_per_second: what the engine may send.
        kubectl: the binary.
        limit: seconds until a contestant is stopped.
    """

    kubeconfig: str | None
    context: str | None
    nodes: tuple[str, ...]
    selector: str
    requests_per_second: float
    kubectl: str
    limit: float

    @property
    def flags(self) -> list[str]:
        """How kubectl, and the engine's process, find the cluster."""
        given = (("--kubeconfig", self.kubeconfig), ("--context", self.context))
        return [f"{name}={value}" for name, value in given if value]


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a contestant fared; what it does not tell is None.

    Attributes:
        failure: why it did not end well, or empty.
        rss_growth: bytes. longest_block, longest_work: seconds (`drain_ours.Probe`).
    """

    name: str
    seconds: float
    evictions: int
    refusals: int
    requests: int | None = None
    failure: str = ""
    rss_growth: int | None = None
    longest_block: float | None = None
    longest_work: float | None = None


async def run(name: str, place: Place) -> Run:
    """Let one of `NAMES` drain the place."""
    if name == "ours":
        return await _ours(place)
    commands = [place.nodes] if name == "kubectl" else [(node,) for node in place.nodes]
    return await _kubectl(name, place, commands)


def kubectl_run(name: str, seconds: float, ends: Sequence[tuple[int, str, str]]) -> Run:
    """What the exit codes and outputs (code, stdout, stderr) of one or more kubectl amount to."""
    failed = [err.strip().splitlines()[-1] for code, _, err in ends if code and err.strip()]
    codes = [code for code, _, _ in ends if code]
    return Run(
        name=name,
        seconds=seconds,
        evictions=sum(len(ASKED.findall(out)) for _, out, _ in ends),
        refusals=sum(len(REFUSED.findall(err)) for _, _, err in ends),
        failure=f"exit code {codes[0]}: {'; '.join(failed[:3])}" if codes else "",
    )


async def _kubectl(name: str, place: Place, commands: Sequence[tuple[str, ...]]) -> Run:
    timeout = f"--timeout={place.limit:.0f}s"
    began = time.monotonic()
    ends = await asyncio.gather(
        *(_end_of([place.kubectl, *place.flags, "drain", *n, *FLAGS, timeout]) for n in commands)
    )
    return kubectl_run(name, time.monotonic() - began, ends)


async def _end_of(command: Sequence[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    try:
        out, err = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    return process.returncode or 0, out.decode(), err.decode()


async def _ours(place: Place) -> Run:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.drain_ours"),
        *place.flags,
        f"--selector={place.selector}",
        f"--requests-per-second={place.requests_per_second}",
        f"--limit={place.limit}",
        cwd=ROOT,
        stdin=pipe,
        stdout=pipe,
        limit=2**26,  # the result is one line
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        await process.stdout.readline()
        began = time.monotonic()
        process.stdin.write(b"go\n")
        line = await process.stdout.readline()
        seconds = time.monotonic() - began
    except asyncio.CancelledError:
        process.terminate()
        raise
    finally:
        await process.wait()
    result = json.loads(line or '{"error": "it crashed"}')
    return Run(
        name="ours",
        seconds=seconds,
        evictions=result.get("evictions", 0),
        refusals=result.get("refusals", 0),
        requests=result.get("requests"),
        failure=result.get("error", ""),
        rss_growth=result.get("rss_growth"),
        longest_block=result.get("longest_block"),
        longest_work=result.get("longest_work"),
    )
