"""Two rehearsal clusters that are alike down to the uids: one for kubectl, one for our engine.

Pods are put there as they are to be found: bound to a node, with the status they have, and owned
by what need not exist, so that nothing is started again.
"""

import asyncio
import base64
import json
import os
import re
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from include.eks_upgrade.common.errors import Refused, Stuck
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.options import AT_ONCE, EVICT, DrainOptions
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.rehearsal.clock import SimClock
from include.rehearsal.kube.api.server import KubeServer
from include.rehearsal.kube.cluster import KubeCluster
from tests.rehearsal.kube.kube_lab import KEY_ID, SECRET, STS_HOST, make_token

T = TypeVar("T")
KUBECTL = Path(__file__).parents[3] / ".venv/bin/kubectl"
OLD, NEW, SPACE = "old-0", "new-0", "shop"
THEIRS, OURS = "theirs", "ours"
SPEED = 20.0
"""Simulated seconds for each real one, in the clusters and for our engine."""
QUIET = 0.6
"""Real seconds without a sign of life after which a kubectl that is refused will go on so: it
asks again every five seconds, and nothing here changes by itself."""

FLAGS = {
    "ignore_daemonsets": "--ignore-daemonsets",
    "delete_emptydir_data": "--delete-emptydir-data",
    "force_unmanaged_pods": "--force",
    "disable_eviction": "--disable-eviction",
}
REASONS = (
    ("DaemonSet-managed Pods", "ignore_daemonsets"),
    ("Pods with local storage", "delete_emptydir_data"),
    ("Pods that declare no controller", "force_unmanaged_pods"),
    ("daemonsets.apps", "force_unmanaged_pods"),
)
"""What kubectl says against a pod, and the parameter that lifts it."""


@dataclass(frozen=True)
class Ended:
    """How a drain ended.

    Attributes:
        how: `drained`, `refused` (before any eviction), `blocked` or `error`.
        refused: by pod, the parameters that would lift it; kubectl names only the first.
        left: by name, the uids of the pods that are on the node now.
        evicted: names of the pods whose eviction or deletion was asked for, once each time.
        cordoned: whether the node is.
        output: everything that was said.
    """

    how: str
    refused: Mapping[str, frozenset[str]] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    evicted: tuple[str, ...] = ()
    cordoned: bool = False
    output: str = ""


class FastClock:
    """Our engine's time, as fast as its cluster's."""

    def __init__(self) -> None:
        self.began, self.real = time.time(), time.monotonic()

    def now(self) -> float:
        return self.began + (time.monotonic() - self.real) * SPEED

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)


class Twins:
    """The two clusters behind one server; `begin` makes them anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SimClock(SPEED)
        self.clusters: dict[str, KubeCluster] = {}
        self.server = KubeServer(
            self.clusters, self.clock, credentials={KEY_ID: SECRET}, allowed_hosts={STS_HOST}
        )
        self.server.start()
        self.runner = asyncio.Runner()
        self.begin()
        self._write_kubeconfig()
        self.since = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it in the one loop of the twins, which outlives what processes leave behind."""
        return self.runner.run(work)

    def stop(self) -> None:
        self.run(asyncio.sleep(0.1))
        self.runner.close()
        self.server.stop()
        assert self.server.failures == self.clock.failures == []

    def begin(self) -> None:
        """Two empty clusters with an old node and a new one; uids come from the same seed."""
        with self.clock.lock:
            for key in (THEIRS, OURS):
                self.clusters[key] = KubeCluster("twin", "1.25", self.clock)
        self.since = self.server.journal.last
        for name in (OLD, NEW):
            self._add_node(name)
        self.put("namespaces", {"metadata": {"name": SPACE}})

    def put(self, plural: str, obj: dict) -> None:
        """The same object into both, its status included."""
        with self.clock.lock:
            uids = {self.clusters[key].store.create(plural, obj)["metadata"]["uid"] for key in self}
            assert len(uids) == 1

    def take(self, plural: str, name: str) -> None:
        """Remove an object of the pods' namespace from both, at once."""
        with self.clock.lock:
            for key in self:
                self.clusters[key].store.remove(plural, SPACE, name)

    def move(self, name: str, node: str) -> None:
        """A pod ends, and is started again on another node under the same name."""
        with self.clock.lock:
            pods = [self.clusters[key].store.get("pods", SPACE, name) for key in self]
        self.take("pods", name)
        self.put("pods", {**pods[0], "spec": {**pods[0]["spec"], "nodeName": node}})

    async def until_refused(self) -> None:
        """Until kubectl has been refused an eviction, and our engine has had the same time."""
        for _ in range(200):
            asked = self.server.journal.entries(cluster=THEIRS, since=self.since)
            if any(entry.status == 429 for entry in asked):
                return
            await asyncio.sleep(0.05)
        raise AssertionError("kubectl was not refused within ten seconds")

    def pods(self, key: str, node: str) -> list[dict]:
        """The pods on a node of one of them."""
        with self.clock.lock:
            self.clock.run_due()
            return self.clusters[key].pods_on(node)

    def __iter__(self):
        return iter((THEIRS, OURS))

    def settle(self, seconds: float = 3.0) -> None:
        """Let the controllers of both act."""
        self.clock.advance(seconds)

    async def kubectl(self, flags: Sequence[str], *, patient: bool = False) -> Ended:
        """The real kubectl on its twin.

        Args:
            flags: after `kubectl drain old-0`; a `--timeout` is added.
            patient: let it run to its own end even if it is refused again and again.
        """
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "KUBECONFIG": str(self.folder / "kubeconfig"),
        }
        process = await asyncio.create_subprocess_exec(
            KUBECTL,
            "drain",
            OLD,
            f"--timeout={15 if patient else 6}s",
            *flags,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        lines: list[str] = []
        reading = asyncio.create_task(_read(process.stdout, lines))
        heard = (0, 0)
        while not reading.done():
            await asyncio.wait([reading], timeout=0.05 if heard == (0, 0) else QUIET)
            before, heard = heard, (len(lines), self.server.journal.last)
            held = any("will retry after" in line for line in lines)
            if held and heard == before and not patient and not reading.done():
                process.terminate()
        await reading
        code = await process.wait()
        output = "".join(lines)
        refused = refused_by_kubectl(output)
        how = "drained" if code == 0 else "blocked"
        if refused:
            how = "refused"
        elif code > 0 and "node/old-0 cordoned" not in output:
            how = "error"
        return self._ended(THEIRS, how, refused, output)

    async def ours(self, options: DrainOptions, *, patience: float = 0.8) -> Ended:
        """Our engine on its twin; it gives up after `patience` real seconds."""
        how, refused, output = await run_engine(self.access(OURS), OLD, options, patience)
        return self._ended(OURS, how, refused, output)

    def access(self, key: str) -> ClusterAccess:
        """What our client needs to reach one of them."""
        authority = base64.b64encode(self.server.ca_pem.encode()).decode()
        return ClusterAccess(self.server.url(key), authority, lambda: make_token(key))

    def _ended(
        self, key: str, how: str, refused: Mapping[str, frozenset[str]], output: str
    ) -> Ended:
        left = {pod["metadata"]["name"]: pod["metadata"]["uid"] for pod in self.pods(key, OLD)}
        node = self.clusters[key].store.get("nodes", None, OLD)
        asked = self.server.journal.entries(side="kube", cluster=key, since=self.since)
        evicted = tuple(
            entry.target.rpartition("/")[2]
            for entry in asked
            if entry.operation in {"create pods/eviction", "delete pods"}
            and entry.changes
            and entry.done
        )
        return Ended(how, refused, left, evicted, bool(node["spec"].get("unschedulable")), output)

    def _add_node(self, name: str) -> None:
        with self.clock.lock:
            for key in self:
                self.clusters[key].add_node(
                    name,
                    labels={},
                    taints=[],
                    kubelet_version="v1.25.16-eks-1",
                    instance_type="m5.4xlarge",
                    zone="eu-central-1a",
                    instance_id=f"i-{name}",
                    image_id="ami-1",
                    ready_after=0.0,
                )

    def _write_kubeconfig(self) -> None:
        access = self.access(THEIRS)
        cluster = {
            "server": access.endpoint,
            "certificate-authority-data": access.certificate_authority,
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "twin", "cluster": cluster}],
            "users": [{"name": "twin", "user": {"token": access.token()}}],
            "contexts": [{"name": "twin", "context": {"cluster": "twin", "user": "twin"}}],
            "current-context": "twin",
        }
        (self.folder / "kubeconfig").write_text(json.dumps(config))


def options_of(flags: Sequence[str]) -> DrainOptions:
    """Our options for kubectl's flags."""
    wanted: dict[str, Any] = {name: flag in flags for name, flag in FLAGS.items()}
    for flag in flags:
        name, equals, value = flag.partition("=")
        if name == "--pod-selector" and equals:
            wanted["pod_selector"] = value
        if name == "--grace-period":
            wanted["grace_period_seconds"] = int(value)
        if flag == "--dry-run=server":
            wanted["dry_run"] = True
    # What kubectl does not know: it looks at no workload, waits for no Job and labels no node.
    as_kubectl = {"unbudgeted_workloads": AT_ONCE, "running_jobs": EVICT}
    return DrainOptions(**wanted, **as_kubectl, load_balancer_drain_seconds=0)


async def run_engine(
    access: ClusterAccess, node: str, options: DrainOptions, patience: float
) -> tuple[str, dict[str, frozenset[str]], str]:
    """Drain one node with our engine; `how`, `refused` and `output` of `Ended`.

    Args:
        access: the cluster.
        node: the node's name.
        options: what may be done.
        patience: real seconds after which it is to give up.
    """
    clock = FastClock()
    lines: list[str] = []
    async with KubeClient(access) as client:
        try:
            await drain(
                DrainSetup(
                    client,
                    Target.named((node,)),
                    options,
                    deadline=clock.now() + patience * SPEED,
                    on_progress=lambda progress: lines.extend(progress.lines()),
                    clock=clock,
                )
            )
        except Refused as error:
            refused = _refused_by_us(error)
            return "refused" if refused else "error", refused, str(error)
        except Stuck as error:
            return "blocked", {}, "\n".join([*lines, str(error)])
    return "drained", {}, "\n".join(lines)


async def _read(stream: asyncio.StreamReader, lines: list[str]) -> None:
    while line := await stream.readline():
        lines.append(line.decode())


def refused_by_kubectl(output: str) -> dict[str, frozenset[str]]:
    """Its last lines say once more, reason by reason, which pods it cannot delete."""
    found: dict[str, frozenset[str]] = {}
    for line in output.splitlines():
        if not line.startswith("cannot delete "):
            continue
        what, _, names = line.rpartition(": ")
        (parameter,) = {parameter for sentence, parameter in REASONS if sentence in what}
        found |= {name: frozenset({parameter}) for name in names.split(", ")}
    return found


def _refused_by_us(error: Refused) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for problem in error.problems:
        if subject := re.fullmatch(r"pod (\S+) on \S+", problem.subject):
            (parameter,) = {name for name in FLAGS if name in problem.remedy}
            found[subject[1]] = found.get(subject[1], frozenset()) | {parameter}
    return found
