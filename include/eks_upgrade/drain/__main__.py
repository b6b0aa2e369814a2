"""Drain nodes without Airflow: `python -m include.eks_upgrade.drain --help`.

The same engine and the same messages as the DAG's. What happens goes to standard output as it
comes, why it failed to standard error. Exit code 0 when no pod is left that has to go, else 1.
"""

import argparse
import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from include.eks_upgrade.common.errors import Stuck, UpgradeError
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.drain.blocked.model import some
from include.eks_upgrade.drain.cli import arguments, options_of, target_of
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.precheck import survey
from include.eks_upgrade.drain.progress import DrainProgress
from include.eks_upgrade.drain.result import DrainResult, hold_json
from include.eks_upgrade.kube.access import ClusterAccess
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.kubeconfig import read_kubeconfig

MARK = "drain-command"
"""What the nodes cordoned from here carry, so that nobody takes them for a DAG run's."""

OBSTACLES = 10
"""Obstacles that are told of one by one; every DaemonSet pod of every node is one."""


def main(words: Sequence[str] | None = None) -> int:
    """Drain; the exit code."""
    asked = arguments(words)
    _log_to_the_terminal()
    told = Told()
    try:
        access = read_kubeconfig(asked.kubeconfig, asked.context)
        account = asyncio.run(_run(access, asked, told))
    except UpgradeError as error:
        return _failed(asked.json, told, str(error))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return _failed(asked.json, told, told.interrupted())
    _write(asked.json, account)
    return 0


class Told:
    """Prints the progress, and remembers the last."""

    last: DrainProgress | None = None

    def __call__(self, progress: DrainProgress) -> None:
        """Print what is new."""
        self.last = progress
        for line in progress.lines():
            print(line, flush=True)

    def interrupted(self) -> str:
        """What to say when somebody stops the drain."""
        if self.last is None:
            return (
                "interrupted before the first eviction; a node that is cordoned already stays so"
                " (`kubectl get nodes` shows it, `kubectl uncordon` lifts it)"
            )
        left = self.last.to_move - self.last.moved
        nodes = [node.name for node in self.last.nodes]
        lines = [
            f"interrupted after {self.last.seconds:.0f} s: {self.last.moved} pods have moved,"
            f" {left} are left; pods that were already told to stop go on stopping",
            *(f"  {hold}" for hold in self.last.blocks),
            f"  {len(nodes)} node(s) stay cordoned ({some(nodes)}): the same command goes on,"
            " `kubectl uncordon` takes them back",
        ]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """As far as it came: nodes (name, moved, to_move) and holds (`account.hold_json`)."""
        if self.last is None:
            return {"nodes": [], "holds": []}
        nodes = [
            {"name": node.name, "moved": node.moved, "to_move": node.to_move}
            for node in self.last.nodes
        ]
        return {"nodes": nodes, "holds": [hold_json(hold) for hold in self.last.holds]}


async def _run(access: ClusterAccess, asked: argparse.Namespace, told: Told) -> dict[str, Any]:
    """Drain, and tell the end; Ctrl-C and SIGTERM cancel it, which leaves nothing behind.

    Raises:
        UpgradeError: as `engine.drain`.
        asyncio.CancelledError: it was interrupted.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - it runs in one
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with KubeClient(access, requests_per_second=asked.requests_per_second) as client:
        if asked.dry_run == "client":
            return await _only_look(client, asked)
        outcome = await drain(
            client,
            target_of(asked),
            options_of(asked),
            deadline=time.time() + options_of(asked).timeout_minutes * 60,
            tell=told,
            flags=True,
            mark=MARK,
        )
    if not isinstance(outcome, DrainResult):  # `ask` is refused on the command line
        raise Stuck("\n".join(["A person has to decide:", *map(str, outcome.holds)]))
    if asked.dry_run == "none":
        _tell_the_end(outcome, told)
    return outcome.as_json()


async def _only_look(client: KubeClient, asked: argparse.Namespace) -> dict[str, Any]:
    """`--dry-run=client`: what would be evicted, as far as can be told without asking."""
    found = await survey(client, target_of(asked), options_of(asked), flags=True)
    going = [verdict.pod for verdict in found.verdicts if verdict.action == "evict"]
    for node in found.nodes:
        print(f"node/{node.name} {'already ' if node.unschedulable else ''}cordoned (dry run)")
        for pod in (pod for pod in going if pod.node == node.name):
            print(f"evicting pod {pod} (dry run)")
    _tell_obstacles(found.obstacles)
    _tell_if_no_nodes(found.nodes)
    return {"nodes": [node.name for node in found.nodes], "pods": [str(pod) for pod in going]}


def _tell_the_end(result: DrainResult, told: Told) -> None:
    _tell_obstacles(result.obstacles)
    nodes = told.last.nodes if told.last else ()
    for node in nodes:
        print(f"node/{node.name} drained")
    _tell_if_no_nodes(nodes)
    print(
        f"{result.moved} pods moved in {result.seconds:.1f} s with {result.requests} requests;"
        f" {result.refusals} evictions were refused for a while",
        flush=True,
    )


def _tell_obstacles(obstacles: Sequence[Obstacle]) -> None:
    """What the flags lifted and which budgets held pods back; the rest stands in --json."""
    for obstacle in obstacles[:OBSTACLES]:
        print(f"passed: {obstacle.what} ({obstacle.passed_by})")
    if len(obstacles) > OBSTACLES:
        print(f"passed: and {len(obstacles) - OBSTACLES} more")


def _tell_if_no_nodes(nodes: Sequence[object]) -> None:
    """A selector that finds nothing is no error to kubectl either, but may be a slip."""
    if not nodes:
        print("WARNING: no node has these labels; nothing was done", file=sys.stderr)


def _failed(file: Path | None, told: Told, reason: str) -> int:
    print(f"error: {reason}", file=sys.stderr, flush=True)
    _write(file, {"error": reason, **told.as_json()})
    return 1


def _write(file: Path | None, account: dict[str, Any]) -> None:
    if file is not None:
        file.write_text(json.dumps(account, indent=2) + "\n", "utf-8")


def _log_to_the_terminal() -> None:
    """What the library logs: news to standard output, warnings to standard error."""
    news = logging.StreamHandler(sys.stdout)
    news.addFilter(lambda record: record.levelno < logging.WARNING)
    warnings = logging.StreamHandler(sys.stderr)
    warnings.setLevel(logging.WARNING)
    logger = logging.getLogger("include.eks_upgrade")
    logger.setLevel(logging.INFO)
    logger.handlers = [news, warnings]
    logger.propagate = False
    # It logs each pod that needs a flag, and those are told of at the end, shortened.
    logging.getLogger("include.eks_upgrade.drain.precheck").setLevel(logging.WARNING)


if __name__ == "__main__":
    sys.exit(main())
