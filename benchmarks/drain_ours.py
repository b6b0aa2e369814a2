"""The engine as a contestant, in a process of its own: `python -m benchmarks.drain_ours`.

Prints `ready` once everything is imported, begins when a line comes in (so that Python's start is
not measured; in the triggerer there is none), and prints one line of JSON: the result of the drain
with `rss_growth` in bytes and, in seconds, `longest_block`, the longest time that the event loop
was held up, and `longest_work`, the most that it computed in one go; or `{"error": message}`.
"""

import argparse
import asyncio
import json
import sys
import time
from typing import Any

import kubernetes.config  # noqa: F401 - the kubeconfig's reader imports it when called
import psutil

from benchmarks.drain_contestants import OPTIONS
from include.eks_upgrade.common.errors import UpgradeError
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.result import DrainResult
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.kubeconfig import read_kubeconfig

PROBE_SECONDS = 0.01


class Probe:
    """Looks every 10 ms how long it really took to be called again, and how large the process is.

    Attributes:
        longest_block: seconds by which it was called late, at most.
        longest_work: seconds by which it was called late because the loop's thread was at work, at
            most: never more than the CPU that it took meanwhile. On a busy machine much less than
            `longest_block`, which counts waiting for a core as well.
        peak: resident bytes, at most.
    """

    def __init__(self) -> None:
        self.longest_block = self.longest_work = 0.0
        self._process = psutil.Process()
        self.start = self.peak = self._process.memory_info().rss

    async def run(self) -> None:
        """Look until it is cancelled."""
        while True:
            before, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(PROBE_SECONDS)
            late = time.perf_counter() - before - PROBE_SECONDS
            self.longest_block = max(self.longest_block, late)
            self.longest_work = max(self.longest_work, min(late, time.thread_time() - worked))
            self.peak = max(self.peak, self._process.memory_info().rss)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kubeconfig")
    parser.add_argument("--context")
    parser.add_argument("--selector", required=True)
    parser.add_argument("--requests-per-second", type=float, required=True)
    parser.add_argument("--limit", type=float, required=True, help="seconds")
    return parser.parse_args()


async def contest(asked: argparse.Namespace) -> dict[str, Any]:
    """Drain, with the probe beside it."""
    access = await asyncio.to_thread(read_kubeconfig, asked.kubeconfig, asked.context)
    probe = Probe()
    probing = asyncio.create_task(probe.run())
    try:
        async with KubeClient(access, requests_per_second=asked.requests_per_second) as client:
            setup = DrainSetup(
                client,
                Target.labelled(asked.selector),
                OPTIONS,
                deadline=time.time() + asked.limit,
                flags=True,
                mark="benchmark",
            )
            outcome = await drain(setup)
    finally:
        probing.cancel()
    if not isinstance(outcome, DrainResult):
        return {"error": "it asks a person"}
    return {
        **outcome.as_json(),
        "rss_growth": probe.peak - probe.start,
        "longest_block": probe.longest_block,
        "longest_work": probe.longest_work,
    }


def main() -> None:
    """Wait for the start, drain, print."""
    asked = arguments()
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        result = asyncio.run(contest(asked))
    except UpgradeError as error:
        result = {"error": str(error)}
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
