"""Twelve clusters in three accounts, and the fleet's DAG that upgrades them under real Airflow."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from include.local_airflow.demo.fleet import FLEET_DAG as DAG
from include.local_airflow.demo.fleet import start_fleet
from include.local_airflow.demo.scenarios import FLEET, SCENARIOS
from include.local_airflow.engine import EMBEDDED
from include.local_airflow.engine.model import Engine
from include.rehearsal.fleet.build import fleet
from include.rehearsal.fleet.members import MEMBERS, Member, connections
from include.rehearsal.workloads import App, deployment
from tests.airflow.real.real_lab import RealLab, node_state, real_lab


@dataclass
class Run:
    """One run of the fleet after its end."""

    run_id: str
    state: str
    states: Mapping[tuple[str, int], str]
    titles: Mapping[tuple[str, int], str]
    verdict: str
    report: str

    def of(self, task_id: str) -> dict[str, str]:
        """The states of a mapped task, by what its instances are about."""
        found = {task: state for task, state in self.states.items() if task[0] == task_id}
        return {self.titles[task]: state for task, state in found.items()}


@dataclass
class Story:
    """What happened, and what was left after each run."""

    lab: RealLab
    stopped: Run
    refused: Run
    finished: Run
    versions: list[dict[str, set[str]]] = field(default_factory=list)
    variables: list[dict[str, Any]] = field(default_factory=list)
    children: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)


class FleetLab:
    """The fleet's DAG and its clusters."""

    def __init__(self, lab: RealLab) -> None:
        self.lab = lab

    def scheduled(self) -> Run:
        """Unpause the DAG, and wait for the end of the run that its open window begins with."""
        return self.ended(start_fleet(self.lab.airflow.client))

    def run(self, **conf: Any) -> Run:
        """Start a run and wait for its end."""
        return self.ended(self.lab.airflow.trigger(DAG, {"poll_seconds": 1, **conf}))

    def ended(self, run_id: str) -> Run:
        """A run after its end."""
        airflow = self.lab.airflow
        self.lab.runs.append(run_id)
        state = str(airflow.await_run(DAG, run_id, 1500)["state"])
        path = f"/api/v2/dags/{DAG}/dagRuns/{quote(run_id, safe='')}"
        found = airflow.client.pages(f"{path}/taskInstances", "task_instances")
        tasks = {(each["task_id"], each["map_index"]): each for each in found}
        return Run(
            run_id=run_id,
            state=state,
            states={task: str(each["state"]) for task, each in tasks.items()},
            titles={task: str(each["rendered_map_index"] or "") for task, each in tasks.items()},
            verdict=self.log(path, tasks["verdict", -1]),
            report=self.report(path),
        )

    def log(self, path: str, task: Mapping[str, Any]) -> str:
        """What the last try of a task has logged."""
        logs = f"{path}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
        return str(self.lab.airflow.api("GET", f"{logs}?full_content=true"))

    def report(self, path: str) -> str:
        """The kept report, as Markdown."""
        told = self.lab.airflow.api(
            "GET", f"{path}/taskInstances/report/xcomEntries/return_value?deserialize=true"
        )["value"]
        return (
            Path(str(told["text"]).removeprefix("report: ")).with_suffix(".md").read_text("utf-8")
        )

    def versions(self) -> dict[str, set[str]]:
        """The minors of the nodes of each cluster."""
        world = self.lab.rehearsal.world
        with self.lab.rehearsal.clock.lock:
            return {
                title(each): {
                    node_state(node)[1].removeprefix("v").rpartition(".")[0]
                    for node in world.clusters[world.key(each.place, each.name)].store.list("nodes")
                }
                for each in MEMBERS
            }

    def variables(self) -> dict[str, Any]:
        """The fleet's Variables."""
        found = self.lab.airflow.client.pages("/api/v2/variables", "variables")
        return {each["key"]: each["value"] for each in found}

    def repair(self) -> None:
        """The workload of `ranking` learns to live with the new version."""
        world = self.lab.rehearsal.world
        (member,) = (each for each in MEMBERS if each.breaks)
        (made,) = deployment(App(member.name, "ranker", 2))
        with self.lab.rehearsal.clock.lock:
            store = world.clusters[world.key(member.place, member.name)].store
            (there,) = (
                each for each in store.list("deployments") if each["metadata"]["name"] == "ranker"
            )
            store.replace(
                "deployments",
                {**there, "spec": {**there["spec"], "template": made["spec"]["template"]}},
            )


def title(member: Member) -> str:
    return f"{member.account}/{member.region}/{member.name}"


@contextmanager
def fleet_lab(home: Path, engine: Engine = EMBEDDED) -> Iterator[FleetLab]:
    """Airflow with the fleet's file, and the clusters of it; a fourth account cannot be asked."""
    home.mkdir(exist_ok=True)
    given = {**connections(), **SCENARIOS[FLEET].environment()}
    with real_lab(home / "airflow", fleet, FLEET, given, engine) as lab:
        lab.airflow.await_dag(DAG)
        yield FleetLab(lab)
