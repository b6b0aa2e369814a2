"""Thirty drains of one large cluster in one process: memory, event loop, CPU, size of accounts.

    .venv/bin/python benchmarks/scale.py             30 groups, 1,000 nodes, 20,000 pods
    .venv/bin/python benchmarks/scale.py --groups 5 --nodes 100 --pods 2000

The triggers are those of the DAG, as a triggerer runs them: one for each group, all at once, and
then looks of the verification. The cluster is a rehearsal in a process of its own
(`scale_cluster.py`). It exits with 1 when a bound is missed.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")
sys.path[:0] = [str(ROOT), str(ROOT / "plugins")]

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress  # noqa: E402 - path
from eks_upgrade_airflow.run.drain_session import DrainSession  # noqa: E402
from eks_upgrade_airflow.run.events import DONE  # noqa: E402
from eks_upgrade_airflow.triggers.drain import EksDrainTrigger  # noqa: E402
from eks_upgrade_airflow.triggers.verification import EksWorkloadsTrigger  # noqa: E402

from benchmarks.drain_ours import Probe  # noqa: E402
from benchmarks.loop_rounds import Rounds  # noqa: E402
from benchmarks.scale_cluster import CLUSTER  # noqa: E402
from include.eks_upgrade.drain.account import LIMIT, short_message  # noqa: E402
from include.eks_upgrade.drain.options import DrainOptions  # noqa: E402

SIZES = {"groups": 30, "nodes": 1000, "pods": 20_000}
MEGABYTE = 1e6
OPTIONS = DrainOptions(ignore_daemonsets=True, delete_emptydir_data=True, force_unmanaged_pods=True)


@dataclass(frozen=True)
class Measure:
    """One number against its bound."""

    name: str
    value: float
    bound: float
    unit: str

    @property
    def missed(self) -> bool:
        """Whether it is above its bound."""
        return self.value > self.bound

    def __str__(self) -> str:
        ratio = self.value / self.bound
        mark = "  MISSED" if self.missed else ""
        return (
            f"{self.name:<42} {self.value:>9.2f} of {self.bound:g} {self.unit:<6}"
            f" {ratio:>6.2f}{mark}"
        )


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in SIZES.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--limit", type=float, default=300.0, help="seconds for the drains")
    parser.add_argument("--looks", type=int, default=5, help="of the verification")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Measure and print; 1 when a bound is missed."""
    asked = arguments(words)
    with rehearsal(asked) as variables:
        os.environ.update(variables)
        os.environ["AIRFLOW_CONN_AWS_DEFAULT"] = '{"conn_type": "aws"}'
        rounds = Rounds()
        with asyncio.Runner(loop_factory=rounds.loop) as runner:
            measures = runner.run(measured(asked, rounds))
    return 1 if any(each.missed for each in measures) else 0


async def measured(asked: argparse.Namespace, rounds: Rounds) -> list[Measure]:
    """All drains at once, then the verification's looks, with a probe beside them."""
    probe = Probe()
    probing = asyncio.create_task(probe.run())
    began, worked = time.monotonic(), time.process_time()
    triggers = [drain_of(f"old-{number}", asked.limit) for number in range(asked.groups)]
    events = await asyncio.gather(*(trigger.awaited_event() for trigger in triggers))
    took, worked = time.monotonic() - began, time.process_time() - worked
    states = dict(Counter(event["state"] for event in events))
    moved = sum(event["data"].get("moved", 0) for event in events)
    # A drain that did not end does not tell what it moved.
    print(f"drains: {states}; those that are done moved {moved} pods", flush=True)
    print(f"together they took {took:.0f} s, and {worked:.0f} s of CPU", flush=True)
    ended = next((event for event in events if event["state"] != DONE), None)
    if ended is not None:
        print(f"the first that did not end: {ended['detail'].splitlines()[0]}", flush=True)
    account = max(map(account_bytes, events)) / 1000
    measures = [
        *_of(probe, rounds, "of the drains"),
        Measure("largest account in XCom", account, 50, "kB"),
    ]
    say(measures)
    look = Measure(
        "a look of the verification, CPU", await look_seconds("old-0", asked.looks), 0.2, "s"
    )
    probing.cancel()
    later = [look, *_of(probe, rounds, "with the verification's looks")]
    say(later)
    return [*measures, *later]


def _of(probe: Probe, rounds: Rounds, whose: str) -> list[Measure]:
    """What was seen so far. Who becomes ready in mid-round waits for two rounds at most."""
    return [
        Measure(f"memory {whose}", (probe.peak - probe.start) / MEGABYTE, 150, "MB"),
        Measure(f"longest hold {whose}", rounds.longest * 1000, 50, "ms"),
        Measure(f"latest call {whose}", probe.longest_work * 1000, 100, "ms"),
    ]


def say(measures: list[Measure]) -> None:
    """Print what is known so far."""
    print("\n".join(map(str, measures)), flush=True)


def drain_of(group: str, limit: float) -> EksDrainTrigger:
    """The trigger of a group's drain, as the operator makes it."""
    session = DrainSession.begun(time.time(), limit / 60, OPTIONS.when_blocked)
    options = {**asdict(OPTIONS), "when_blocked": dict(OPTIONS.when_blocked)}
    return EksDrainTrigger(
        cluster_name=CLUSTER,
        aws_conn_id="aws_default",
        region_name=os.environ["AWS_DEFAULT_REGION"],
        poll_seconds=5.0,
        deadline=session.deadline,
        began=session.began,
        nodegroup_name=group,
        options=options,
        mark="benchmark",
        carry=session.as_json(),
    )


async def look_seconds(group: str, looks: int) -> float:
    """Seconds of CPU that a look of the verification takes, on average."""
    address = ClusterAddress(CLUSTER, "aws_default", os.environ["AWS_DEFAULT_REGION"])
    trigger = EksWorkloadsTrigger.within(
        10, address, poll_seconds=5.0, nodegroup_name=group, nodegroup_arn=""
    )
    async with trigger.open_probe() as probe:
        await probe()
        worked = time.process_time()
        for _ in range(looks):
            await probe()
        return (time.process_time() - worked) / looks


def account_bytes(event: dict[str, Any]) -> int:
    """Bytes of what the task would leave in XCom for this event."""
    if event["state"] != DONE:
        return len(json.dumps(short_message(event["detail"])))
    session = DrainSession.from_json(event["carry"])
    return len(json.dumps(session.step_result("node group", event).as_json()))


@contextmanager
def rehearsal(asked: argparse.Namespace) -> Iterator[dict[str, str]]:
    """The large cluster in a process of its own; the variables that lead to it."""
    script = str(ROOT / "benchmarks/scale_cluster.py")
    sizes = [f"--{name}={getattr(asked, name)}" for name in SIZES]
    process = subprocess.Popen(
        [sys.executable, script, *sizes],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the rehearsal did not start; its words are above")
        yield json.loads(line)
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()


assert LIMIT == 50_000


if __name__ == "__main__":
    sys.exit(main())
