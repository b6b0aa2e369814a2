"""Drain of many nodes: this project's engine, `kubectl drain`, and what the budgets allow at best.

    .venv/bin/python benchmarks/drain.py                        a rehearsal cluster, ours alone
    .venv/bin/python benchmarks/drain.py --vs kubectl --vs kubectl-parallel
    .venv/bin/python benchmarks/drain.py --kubeconfig FILE --selector LABELS --vs kubectl

A third of the rehearsal's Deployments has no budget, and a quarter is slow to start. For each
contestant it prints how far the workloads fell, too: the least share of Ready pods, against what
their budgets, or their own strategies, allow. `--unbudgeted 0` gives a budget to all.

It drains the nodes with these labels of whatever cluster the kubeconfig points to, once for each
contestant, and brings everything back in between by DELETING pods: use a cluster that nobody
needs. Without a kubeconfig a rehearsal cluster is served by a process of its own.
"""

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.drain_bound import Bound, lower_bound  # noqa: E402 - after the path is set
from benchmarks.drain_contestants import NAMES, Place, Run, run  # noqa: E402
from benchmarks.drain_lowest import lowest_ready  # noqa: E402
from benchmarks.drain_observer import Observer  # noqa: E402
from benchmarks.drain_stage import Scene, Stage, left_behind  # noqa: E402
from benchmarks.drain_table import Measured, memory_lines, missed, table  # noqa: E402
from include.eks_upgrade.common.errors import UpgradeError  # noqa: E402
from include.eks_upgrade.drain.options import DrainOptions  # noqa: E402
from include.eks_upgrade.kube.client import KubeClient  # noqa: E402
from include.eks_upgrade.kube.connection.access import ClusterAccess  # noqa: E402
from include.eks_upgrade.kube.connection.kubeconfig import read_kubeconfig  # noqa: E402

SIZES = ("nodes", "deployments", "replicas")
REHEARSAL_SELECTOR = "eks.amazonaws.com/nodegroup=old"
SETTLE_SECONDS = 2.0
"""After a drain, until the observer has heard of its end and of the last replacements."""


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kubeconfig", help="the cluster; default: a rehearsal cluster")
    parser.add_argument("--context", help="default: the current one")
    parser.add_argument("--selector", help="labels of the nodes to drain")
    parser.add_argument(
        "--vs", action="append", choices=NAMES[1:], default=[], help="may be repeated"
    )
    parser.add_argument("--kubectl", default=_kubectl(), help="default: %(default)s")
    for name in SIZES:
        parser.add_argument(f"--{name}", type=int, help="of the rehearsal cluster (20)")
    parser.add_argument(
        "--unbudgeted",
        type=int,
        metavar="N",
        help="of the rehearsal cluster: Deployments without a budget (a third of them)",
    )
    parser.add_argument(
        "--requests-per-second", type=float, default=DrainOptions.requests_per_second, metavar="N"
    )
    parser.add_argument("--limit", type=float, default=1800.0, help="seconds for each contestant")
    parser.add_argument(
        "--memory", action="store_true", help="tell what the engine takes of its process"
    )
    parser.add_argument(
        "--at-most-ratio", type=float, metavar="R", help="exit 1 if ours takes longer than R bounds"
    )
    asked = parser.parse_args(argv)
    if asked.kubeconfig and any(getattr(asked, name) for name in SIZES):
        parser.error("--nodes, --deployments and --replicas are of the rehearsal cluster")
    if asked.kubeconfig and not asked.selector:
        parser.error("--kubeconfig needs --selector: which of its nodes are to be drained?")
    if asked.kubeconfig:
        asked.kubeconfig = str(Path(asked.kubeconfig).absolute())
    return asked


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 1 when pods are left or a target is missed."""
    asked = arguments(argv)
    try:
        if asked.kubeconfig:
            measured = asyncio.run(compare(asked))
        else:
            with rehearsal(asked) as asked.kubeconfig:
                asked.selector = asked.selector or REHEARSAL_SELECTOR
                measured = asyncio.run(compare(asked))
    except UpgradeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; every node that was open at first is open again", file=sys.stderr)
        return 1
    print("\n".join(["", *table(measured), *(memory_lines(measured) if asked.memory else [])]))
    problems = missed(measured, asked.at_most_ratio)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


async def compare(asked: argparse.Namespace) -> list[Measured]:
    """Each contestant on the same cluster, restored before each.

    Raises:
        UpgradeError: the cluster does not fit, or could not be restored.
    """
    access = await asyncio.to_thread(read_kubeconfig, asked.kubeconfig, asked.context)
    stage = Stage(access, asked.selector, say)
    async with stage.client:
        await stage.begin()
        measured = []
        try:
            for name in ("ours", *asked.vs):
                scene = await stage.restore()
                measured.append(await measure(name, asked, access, stage, scene))
        finally:
            await stage.give_back()
    return measured


async def measure(
    name: str, asked: argparse.Namespace, access: ClusterAccess, stage: Stage, scene: Scene
) -> Measured:
    """One contestant's drain, watched by an observer who takes no part in it."""
    moving = {pod.uid: pod for pod in scene.actors if pod.node in scene.old}
    place = Place(
        kubeconfig=asked.kubeconfig,
        context=asked.context,
        nodes=tuple(sorted(scene.old)),
        selector=asked.selector,
        requests_per_second=asked.requests_per_second,
        kubectl=asked.kubectl,
        limit=asked.limit,
    )
    say(f"{name}: draining {len(scene.old)} nodes with {len(moving)} pods …")
    async with KubeClient(access, requests_per_second=1000.0) as client:
        observer = Observer(client)
        watching = await observer.begin()
        try:
            ran = await run(name, place)
            await asyncio.sleep(SETTLE_SECONDS)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    left = left_behind(await stage.look(), await stage.client.daemonsets())
    lowest = lowest_ready(observer.lives.values(), scene.allowances)
    bound = bound_of(ran, observer, scene, asked)
    return Measured(ran, bound, len(moving), tuple(left), tuple(lowest))


def bound_of(ran: Run, observer: Observer, scene: Scene, asked: argparse.Namespace) -> Bound:
    """The least time for this drain; only ours keeps a limit of requests that is known."""
    return lower_bound(
        observer.lives.values(),
        scene.limits,
        {pod.uid: pod for pod in scene.actors if pod.node in scene.old},
        requests_per_second=asked.requests_per_second if ran.name == "ours" else None,
    )


@contextmanager
def rehearsal(asked: argparse.Namespace) -> Iterator[str]:
    """A rehearsal cluster in a process of its own; its kubeconfig."""
    with tempfile.TemporaryDirectory(prefix="drain-benchmark-") as folder:
        path = str(Path(folder) / "kubeconfig")
        sizes = [f"--{name}={getattr(asked, name) or 20}" for name in SIZES]
        if asked.unbudgeted is not None:
            sizes.append(f"--unbudgeted={asked.unbudgeted}")
        script = str(ROOT / "benchmarks/rehearsal_cluster.py")
        process = subprocess.Popen(
            [sys.executable, script, f"--kubeconfig={path}", "--until-input-ends", *sizes],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the benchmark, which then ends it
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise SystemExit("the rehearsal cluster did not start; its words are above")
            yield path
        finally:
            process.stdin.close()
            process.wait(timeout=30)
            process.stdout.close()


def say(line: str) -> None:
    """Tell what goes on."""
    print(line, flush=True)


def _kubectl() -> str:
    beside = Path(sys.executable).parent / "kubectl"
    return str(beside) if beside.exists() else shutil.which("kubectl") or "kubectl"


if __name__ == "__main__":
    sys.exit(main())
