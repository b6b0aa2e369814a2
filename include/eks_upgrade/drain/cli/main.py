"""Drain nodes from the command line: `python -m include.eks_upgrade.drain --help`.

What happens goes to standard output as it
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

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Stuck, UpgradeError, refusal
from include.eks_upgrade.common.step_result import Obstacle
from include.eks_upgrade.common.text import first_few, first_lines
from include.eks_upgrade.drain.blocked.model import MAX_LISTED_NAMES
from include.eks_upgrade.drain.cli.arguments import arguments, options_of, target_of
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.precheck import precheck
from include.eks_upgrade.drain.progress import DrainProgress
from include.eks_upgrade.drain.result import DrainResult, block_json
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.connection.kubeconfig import read_kubeconfig

MARK = "drain-command"
"""What the nodes cordoned from here carry, so that nobody takes them for an upgrade's."""

MAX_LISTED_OBSTACLES = 10
"""Obstacles that are listed one by one; every DaemonSet pod of every node is one."""


def main(argv: Sequence[str] | None = None) -> int:
    """Drain; the exit code."""
    args = arguments(argv)
    _log_to_the_terminal()
    printer = ProgressPrinter()
    try:
        access = read_kubeconfig(args.kubeconfig, args.context)
        result = asyncio.run(_run(access, args, printer))
    except UpgradeError as error:
        return _failed(args.json, printer, str(error))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return _failed(args.json, printer, printer.interrupted())
    _write(args.json, result)
    return 0


class ProgressPrinter:
    """Prints the progress, and keeps the last."""

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
        names = first_few(nodes, MAX_LISTED_NAMES)
        lines = [
            f"interrupted after {self.last.seconds:.0f} s: {self.last.moved} pods have moved,"
            f" {left} are left; pods that were already asked to stop go on stopping",
            *(f"  {block}" for block in self.last.lasting),
            f"  {counted(len(nodes), 'node stays', 'nodes stay')} cordoned ({names}): the same"
            " command goes on,"
            " `kubectl uncordon` takes them back",
        ]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """As far as it came: nodes (name, moved, to_move) and blocks (`result.block_json`)."""
        if self.last is None:
            return {"nodes": [], "blocks": []}
        nodes = [
            {"name": node.name, "moved": node.moved, "to_move": node.to_move}
            for node in self.last.nodes
        ]
        return {"nodes": nodes, "blocks": [block_json(block) for block in self.last.blocks]}


async def _run(
    access: ClusterAccess, args: argparse.Namespace, printer: ProgressPrinter
) -> dict[str, Any]:
    """Drain, and print the end; Ctrl-C and SIGTERM cancel it, which leaves nothing behind.

    Raises:
        UpgradeError: as `engine.drain`.
        asyncio.CancelledError: it was interrupted.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - it runs in one
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with KubeClient(access, requests_per_second=args.requests_per_second) as client:
        await _require_nodes(client, args)
        if args.dry_run == "client":
            return await _only_look(client, args)
        setup = DrainSetup(
            client,
            target_of(args),
            options_of(args),
            deadline=time.time() + options_of(args).timeout_minutes * 60,
            on_progress=printer,
            flags=True,
            mark=MARK,
        )
        outcome = await drain(setup)
    if not isinstance(outcome, DrainResult):  # `ask` is refused on the command line
        raise Stuck("\n".join(["A person has to decide:", *map(str, outcome.blocks)]))
    if args.dry_run == "none" and outcome.nodes:
        _print_end(outcome, printer)
    return outcome.as_json()


async def _require_nodes(client: KubeClient, args: argparse.Namespace) -> None:
    """Refuse a selector that finds nothing, which is mostly a slip.

    Raises:
        Refused: no node has these labels, and that was not allowed.
    """
    if args.selector and not args.allow_empty and not await client.nodes(selector=args.selector):
        what, remedy = "no node has these labels", "correct them, or give --allow-empty"
        raise refusal("nothing is drained", f"--selector {args.selector}", what, remedy)


async def _only_look(client: KubeClient, args: argparse.Namespace) -> dict[str, Any]:
    """`--dry-run=client`: what would be evicted, as far as can be known without asking."""
    found = await precheck(client, target_of(args), options_of(args), flags=True)
    going = [each.pod for each in found.filtered if each.action == "evict"]
    for node in found.nodes:
        print(f"node/{node.name} {'already ' if node.unschedulable else ''}cordoned (dry run)")
        for pod in (pod for pod in going if pod.node == node.name):
            print(f"evicting pod {pod} (dry run)")
    _print_obstacles(found.obstacles)
    return {"nodes": [node.name for node in found.nodes], "pods": [str(pod) for pod in going]}


def _print_end(result: DrainResult, printer: ProgressPrinter) -> None:
    _print_obstacles(result.obstacles)
    nodes = printer.last.nodes if printer.last else ()
    for node in nodes:
        print(f"node/{node.name} drained")
    print(
        f"{result.moved} pods moved in {result.seconds:.1f} s with {result.requests} requests;"
        f" {result.refusals} evictions were refused for a while",
        flush=True,
    )


def _print_obstacles(obstacles: Sequence[Obstacle]) -> None:
    """What the flags lifted and which budgets held pods back; the rest stands in --json."""
    passed = [f"{obstacle.what} ({obstacle.passed_by})" for obstacle in obstacles]
    for line in first_lines(passed, MAX_LISTED_OBSTACLES):
        print(f"passed: {line}")


def _failed(file: Path | None, printer: ProgressPrinter, reason: str) -> int:
    print(f"error: {reason}", file=sys.stderr, flush=True)
    _write(file, {"error": reason, **printer.as_json()})
    return 1


def _write(file: Path | None, result: dict[str, Any]) -> None:
    if file is not None:
        file.write_text(json.dumps(result, indent=2) + "\n", "utf-8")


def _log_to_the_terminal() -> None:
    """What the library logs: progress to standard output, warnings to standard error."""
    progress = logging.StreamHandler(sys.stdout)
    progress.addFilter(lambda record: record.levelno < logging.WARNING)
    warnings = logging.StreamHandler(sys.stderr)
    warnings.setLevel(logging.WARNING)
    logger = logging.getLogger("include.eks_upgrade")
    logger.setLevel(logging.INFO)
    logger.handlers = [progress, warnings]
    logger.propagate = False
    # It logs each pod that needs a flag, and those are printed at the end, shortened.
    logging.getLogger("include.eks_upgrade.drain.precheck").setLevel(logging.WARNING)
