"""A rehearsal whose clusters are upgraded while something goes wrong, with Airflow's retries.

Every test has a cluster of its own. Pauses between tries are shortened, nothing else: the
policy itself says whether there is another try.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.cncf.kubernetes import kubernetes_helper_functions
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from botocore.retries import standard
from eks_upgrade_airflow.run.retry_policy import RETRIES, ClassifiedRetries

from include.rehearsal.environment import Rehearsal
from include.rehearsal.journal import Entry
from include.rehearsal.scenario import PlainOptions, Scene, plain
from include.rehearsal.workloads import App, deployment
from tests.airflow.upgrade import QUICK, Upgrade
from tests.airflow.worker import Run, environment, parameters
from tests.aws_models import read_models
from tests.crash.end_state import GROUP, Looker

SPEED = 600.0
OLD_GROUP, NEW_GROUP = "workers", "workers-k126"
DRAIN = {"ignore_daemonsets": True, "delete_emptydir_data": True, "force_unmanaged_pods": True}
WEB = App("shop", "web", 2, {"maxUnavailable": 1})
BEHIND = {"coredns": "v1.9.3-eksbuild.2"}
PAUSE = 0.05


@dataclass
class Story:
    """An upgrade of one cluster.

    Attributes:
        failures: step -> the exceptions of its failed tries.
        patient: the limits of waits that it began with.
        since: the journal's entry before its first.
        tries: of all steps; Airflow counts on when a task is cleared, too.
    """

    lab: "FaultLab"
    scene: Scene
    upgrade: Upgrade
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    tries: int = 0
    patient: Mapping[str, float] = field(init=False)
    since: int = field(init=False)

    def __post_init__(self) -> None:
        self.patient = self.upgrade.limits
        self.begin_anew()

    def begin_anew(self) -> None:
        """Count neither failures nor requests from before."""
        self.failures.clear()
        self.since = self.lab.rehearsal.world.journal.last

    @property
    def cluster(self) -> str:
        return self.scene.cluster

    @property
    def done(self) -> dict[str, Any]:
        """What the tasks returned."""
        return self.upgrade.run.done

    def take(self, step: str, *arguments: Any, tries: int = RETRIES + 1) -> None:
        """Do one step of the upgrade, as often as the policy says, `tries` times at most.

        Raises:
            Exception: the last try's, when there is none after it.
        """
        run = self.upgrade.run
        found = self.failures.setdefault(step, [])
        for number in range(1, tries + 1):
            self.tries += 1
            run.try_number = self.tries
            try:
                getattr(self.upgrade, step)(*arguments)
            except AirflowSkipException:
                return
            except Exception as error:
                found.append(error)
                if number == tries or not goes_on(error, number):
                    raise
                time.sleep(PAUSE)
            else:
                return

    def up_to(self, last: str) -> None:
        """All steps until this one, it included."""
        for name, step, arguments in STEPS:
            self.take(step, *arguments)
            if name == last:
                return
        raise ValueError(last)

    def finish(self, done: str) -> None:
        """All steps behind this one, without the ladder."""
        names = [name for name, _, _ in STEPS]
        for name, step, arguments in STEPS[names.index(done) + 1 :]:
            if name not in LADDER:
                self.take(step, *arguments)

    def to_the_end(self, tries: int = RETRIES + 1) -> None:
        """All steps, each tried so often at most; the ladder where the old group is stuck."""
        for name, step, arguments in STEPS:
            if name not in LADDER or self.stuck:
                self.take(step, *arguments, tries=tries)

    @property
    def stuck(self) -> bool:
        """Whether the old group did not go at once."""
        return bool(self.done["await_deletion"]["data"]["state"] == "stuck")

    def refused(self, step: str, *arguments: Any, **kept: Any) -> str:
        """The words with which a step ends for good, at its first try."""
        with pytest.raises(AirflowFailException) as raised:
            self.take(step, *arguments, **kept)
        assert len(self.failures[step]) == 1, self.failures[step]
        return str(raised.value)

    @contextmanager
    def meanwhile(
        self, happened: Callable[[], Any], result: Callable[[], Any], seconds: float = 30.0
    ) -> Iterator[None]:
        """Do something, once, as soon as something has happened during the block."""
        found: list[Exception] = []

        def wait() -> None:
            until = time.monotonic() + seconds
            try:
                while not happened():
                    if time.monotonic() > until:
                        raise TimeoutError("it never happened")
                    time.sleep(0.01)
                result()
            except Exception as error:  # noqa: BLE001 - raised where the block ends
                found.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        try:
            yield
        finally:
            thread.join()
        for error in found:
            raise error

    def groups(self) -> list[str]:
        """The node groups that EKS has."""
        return list(self.lab.looker.eks.list_nodegroups(clusterName=self.cluster)["nodegroups"])

    def nodes(self, group: str) -> list[str]:
        """The nodes of a group."""
        labels = self._node_labels()
        return sorted(name for name, each in labels.items() if each[GROUP] == group)

    def zone_of(self, node: str) -> str:
        """The availability zone of a node."""
        return self._node_labels()[node]["topology.kubernetes.io/zone"]

    def rollouts(self, deployment: str) -> int:
        """How often the template of a Deployment was changed since the cluster was made."""
        namespace, _, name = deployment.partition("/")
        with self.lab.rehearsal.clock.lock:
            store = self.lab.rehearsal.world.clusters[self.cluster].store
            found = store.list("replicasets", namespace)
        return sum(each["metadata"]["ownerReferences"][0]["name"] == name for each in found) - 1

    def pods(self, namespace: str) -> list[str]:
        """The pods of a namespace."""
        with self.lab.rehearsal.clock.lock:
            store = self.lab.rehearsal.world.clusters[self.cluster].store
            return [pod["metadata"]["name"] for pod in store.list("pods", namespace)]

    def _node_labels(self) -> dict[str, dict[str, str]]:
        with self.lab.rehearsal.clock.lock:
            store = self.lab.rehearsal.world.clusters[self.cluster].store
            metas = [node["metadata"] for node in store.list("nodes")]
        return {meta["name"]: dict(meta["labels"]) for meta in metas}

    def end(self) -> dict[str, Any]:
        """The end state."""
        return self.lab.looker.end_state(self.cluster)

    def asked(self, operation: str) -> int:
        """How many requests of an operation were made about this cluster."""
        return len(self._entries(operation))

    def did(self, operation: str) -> int:
        """How many of them were done."""
        return sum(each.done for each in self._entries(operation))

    def _entries(self, operation: str) -> list[Entry]:
        journal = self.lab.rehearsal.world.journal
        return journal.entries(cluster=self.cluster, operation=operation, since=self.since)


# The steps of tests/airflow/upgrade.py in the DAG's order: name, method, arguments.
STEPS: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    ("plan", "plan", ()),
    ("lock", "lock", ()),
    ("addons_before", "addons", ("addons_before",)),
    ("control_plane", "control_plane", ()),
    ("addons_after", "addons", ("addons_after",)),
    ("new_group", "new_group", ()),
    ("fence", "fence", ()),
    ("drain", "drain", ()),
    ("verify", "verify", ()),
    ("delete", "delete", ()),
    ("await_deletion", "await_deletion", ()),
    ("diagnose", "diagnose", ()),
    ("unprotect", "unprotect", ()),
    ("retry_delete", "retry_delete", ()),
    ("await_retry", "await_deletion", ("await_retry",)),
    ("confirm_gone", "confirm_gone", ()),
    ("verify_cluster", "verify_cluster", ()),
    ("report", "report", ()),
    ("unlock", "unlock", ()),
)


LADDER = ("diagnose", "unprotect", "retry_delete", "await_retry")


def goes_on(error: Exception, tried: int) -> bool:
    """Whether Airflow tries again after this error."""
    if isinstance(error, AirflowFailException):
        return False
    decision = ClassifiedRetries().evaluate(error, tried, RETRIES)
    return decision.action is not RetryAction.FAIL


class FaultLab:
    """The rehearsal."""

    def __init__(self, rehearsal: Rehearsal, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.rehearsal, self.folder, self._patch = rehearsal, folder, patch
        self.looker = Looker(rehearsal)
        self._number = 0

    def rotate(self) -> None:
        """The access key is replaced, and whoever reads the environment finds the new one."""
        self.rehearsal.world.keys.rotate()
        for name, value in self.rehearsal.environment.items():
            self._patch.setenv(name, value)
        self.looker = Looker(self.rehearsal)

    @property
    def faults(self) -> Any:
        """What is to go wrong on the side of AWS."""
        return self.rehearsal.world.faults

    @property
    def kube(self) -> Any:
        """The Kubernetes API servers."""
        assert self.rehearsal.kube_server is not None
        return self.rehearsal.kube_server

    def story(
        self,
        *,
        nodes: int = 1,
        app: App = WEB,
        addons: dict[str, str | None] | None = None,
        addon_values: dict[str, str] | None = None,
        template_family: str | None = "al2",
        limits: dict[str, float] | None = None,
        protected: bool = False,
        **params: Any,
    ) -> Story:
        """A new cluster at 1.25 and the run that is to upgrade it."""
        self._number += 1
        name = f"story-{self._number}"
        options = PlainOptions(
            template_family=template_family,
            addons=addons or {},
            addon_values=addon_values,
            manifests=tuple(deployment(app)),
            protected=protected,
        )
        scene = plain(self.rehearsal.world, name, "1.25", nodes, options)
        asked = {"region": scene.region, "target_version": "1.26", **DRAIN, **params}
        run = Run(parameters(cluster_name=name, **asked))
        return Story(self, scene, Upgrade(run, self.folder, {**QUICK, **(limits or {})}))

    def no_faults(self) -> None:
        """Nothing goes wrong any more."""
        self.faults.calls.lift()
        self.faults.lag_seconds = self.faults.flip_seconds = 0.0
        self.faults.hidden_work_seconds = 0.0
        self.faults.fargate_skew = self.faults.nodegroup_skew = 3
        self.faults.insights_block = False
        self.faults.insights.clear()
        self.faults.lag_seconds = self.faults.template_lag_seconds = 0.0
        self.faults.scaling_lag_seconds, self.faults.degraded_refuses = 0.0, False
        for queue in (self.faults.updates, self.faults.addons, self.faults.groups):
            queue.clear()
        self.kube.faults.lift_all()
        self.kube.access.tokens_refused = self.kube.access.roles_unread = 0
        self.kube.resume()


@contextmanager
def fault_lab(folder: Path, speed: float = SPEED) -> Iterator[FaultLab]:
    """The rehearsal, and what a step needs to reach it."""
    with Rehearsal(speed) as rehearsal, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        # Tries of botocore and of Airflow's providers are all made, without seconds between them.
        patch.setattr(standard.ExponentialBackoff, "delay_amount", lambda *_: 0.005)
        patch.setattr(kubernetes_helper_functions, "_default_wait", lambda *_: 0.005)
        read_models()
        yield FaultLab(rehearsal, folder, patch)
        assert rehearsal.clock.failures == []


SHORT = {"limit_minutes": 0.05}


def before_the_new_group(lab: FaultLab, **options: Any) -> Story:
    story = lab.story(**options)
    story.up_to("addons_after")
    return story
