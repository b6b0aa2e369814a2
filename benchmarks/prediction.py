"""How far a drain is from what was foretold of it, over the rehearsal's scenes, in real seconds.

    .venv/bin/python benchmarks/prediction.py                     all scenes, about twenty minutes
    .venv/bin/python benchmarks/prediction.py --scene small       one of them; may be repeated
    .venv/bin/python benchmarks/prediction.py --at-most 15        exit 1 beyond 15 % of error

For each scene a rehearsal cluster is served by a process of its own; its pods are surveyed as for a
plan, the drain is foretold by `planning/prediction`, and then done by the product's engine.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.drain_contestants import OPTIONS  # noqa: E402 - after the path is set
from benchmarks.prediction_scenes import SCENES  # noqa: E402
from include.eks_upgrade.common.errors import UpgradeError  # noqa: E402
from include.eks_upgrade.drain.engine import drain  # noqa: E402
from include.eks_upgrade.drain.options import DrainOptions  # noqa: E402
from include.eks_upgrade.drain.result import DrainResult  # noqa: E402
from include.eks_upgrade.drain.setup import DrainSetup  # noqa: E402
from include.eks_upgrade.drain.target import Target  # noqa: E402
from include.eks_upgrade.kube.client import KubeClient  # noqa: E402
from include.eks_upgrade.kube.connection.kubeconfig import read_kubeconfig  # noqa: E402
from include.eks_upgrade.kube.pod_facts.read import read_pod_facts  # noqa: E402
from include.eks_upgrade.planning.prediction.drain import predict_drain  # noqa: E402
from include.eks_upgrade.planning.prediction.model import DrainPrediction  # noqa: E402
from include.eks_upgrade.planning.prediction.moving import Rules  # noqa: E402
from include.eks_upgrade.planning.survey.surveyed import NewGroup, Surveyed  # noqa: E402

OLD = "old"
LIMIT_SECONDS = 1800.0
HEADS = ("scene", "pods", "at best", "foretold", "took", "error", "decided by")


@dataclass(frozen=True)
class Compared:
    """One scene: what was foretold, and the seconds that it took."""

    scene: str
    foretold: DrainPrediction
    seconds: float

    @property
    def error(self) -> float:
        """Of the truth, in percent; above 0: it was quicker than foretold."""
        assert self.foretold.probable is not None
        return (self.foretold.probable / self.seconds - 1) * 100


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--scene", action="append", choices=SCENES, default=[], help="default: all but the quick"
    )
    parser.add_argument(
        "--at-most", type=float, metavar="PERCENT", help="exit 1 if an error is larger"
    )
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Foretell, drain, compare, print; 1 when a drain failed or an error is too large."""
    asked = arguments(words)
    names = asked.scene or [name for name, scene in SCENES.items() if not scene.quick]
    compared = []
    for name in names:
        print(f"{name}: {SCENES[name].shows} …", flush=True)
        try:
            with served(name) as kubeconfig:
                compared.append(asyncio.run(compare(name, kubeconfig)))
        except UpgradeError as error:
            print(f"error: {name}: {error}", file=sys.stderr)
            return 1
    print("\n".join(["", *table(compared)]))
    missed = too_far(compared, asked.at_most)
    for line in missed:
        print(line, file=sys.stderr)
    return 1 if missed else 0


async def compare(name: str, kubeconfig: str) -> Compared:
    """One scene, foretold and drained.

    Raises:
        UpgradeError: the drain did not come to its end.
    """
    access = await asyncio.to_thread(read_kubeconfig, kubeconfig, None)
    options = replace(OPTIONS, **SCENES[name].options)
    async with KubeClient(access, requests_per_second=options.requests_per_second) as client:
        foretold = await foretell(client, options)
        setup = DrainSetup(
            client, Target.node_group(OLD), options, deadline=time.time() + LIMIT_SECONDS
        )
        outcome = await drain(setup)
    assert isinstance(outcome, DrainResult)
    return Compared(name, foretold, outcome.seconds)


async def foretell(client: KubeClient, options: DrainOptions) -> DrainPrediction:
    """As a plan does it."""
    facts = await read_pod_facts(client, [OLD])
    surveyed = Surveyed(facts, {OLD: NewGroup(name="new")}, options)
    return predict_drain(Rules(surveyed), OLD)


@contextmanager
def served(scene: str) -> Iterator[str]:
    """A scene in a process of its own; its kubeconfig."""
    with tempfile.TemporaryDirectory(prefix="prediction-benchmark-") as folder:
        path = str(Path(folder) / "kubeconfig")
        script = str(ROOT / "benchmarks/prediction_cluster.py")
        process = subprocess.Popen(
            [sys.executable, script, f"--scene={scene}", f"--kubeconfig={path}"],
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


def table(compared: Sequence[Compared]) -> list[str]:
    """A line for each scene, in minutes, and the largest error."""
    rows = [HEADS, *map(_row, compared)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
             for row in rows]  # fmt: skip
    worst = max((abs(one.error) for one in compared), default=0.0)
    return [*lines, f"largest error: {worst:.1f} %"]


def too_far(compared: Sequence[Compared], at_most: float | None) -> list[str]:
    """The scenes whose error is larger than it may be."""
    return [
        f"MISSED: {one.scene} was {one.error:+.1f} % off, more than {at_most:g} %"
        for one in compared
        if at_most is not None and abs(one.error) > at_most
    ]


def _row(one: Compared) -> tuple[str, ...]:
    decides = one.foretold.decides
    return (
        one.scene,
        str(one.foretold.pods),
        _minutes(one.foretold.best),
        _minutes(one.foretold.probable),
        _minutes(one.seconds),
        f"{one.error:+.1f} %",
        f"{decides.name} ({decides.rule})" if decides else "-",
    )


def _minutes(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds / 60:.2f} min"


if __name__ == "__main__":
    sys.exit(main())
