"""Airflow's DAG processor and scheduler in process, over a database, with the time stepped.

What is Airflow's: storing a parsed DAG, `DagModel` with its next run, the scheduler's creation of
runs. What is ours: the clock that the timetable reads, and the question whether a run is due,
which Airflow asks its database by the database's own clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from airflow.dag_processing.collection import update_dag_parsing_results_in_db
from airflow.jobs.job import Job
from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
from airflow.models.dag import DagModel
from airflow.models.dagbundle import DagBundleModel
from airflow.models.dagrun import DagRun
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import LazyDeserializedDAG
from airflow.settings import Session
from eks_upgrade_airflow.fleet.timetable import FleetTimetable
from sqlalchemy import select

from include.eks_upgrade.fleet.file.model import Window

BUNDLE = "dags-folder"


class NoExecutor:
    """Runs are made, no task is started."""

    name = None
    team_name = None


@dataclass
class SchedulerLab:
    """One DAG over weeks."""

    dag_id: str
    now: datetime
    windows: tuple[Window, ...] = ()
    runner: SchedulerJobRunner = field(
        default_factory=lambda: SchedulerJobRunner(Job(), executors=[NoExecutor()])
    )

    def clock(self) -> datetime:
        return self.now

    def parse(self, windows: Sequence[Window] | None = None) -> DagModel:
        """What the DAG processor does every half minute."""
        self.windows = self.windows if windows is None else tuple(windows)
        with DAG(self.dag_id, schedule=FleetTimetable(self.windows), catchup=False) as dag:
            EmptyOperator(task_id="open_window")
        dag.fileloc, dag.relative_fileloc = __file__, "scheduler_lab.py"
        with Session() as session, session.begin():
            session.merge(DagBundleModel(name=BUNDLE))
            session.flush()
            errors: dict[tuple[str, str], str] = {}
            update_dag_parsing_results_in_db(
                BUNDLE, None, [LazyDeserializedDAG.from_dag(dag)], errors, 0.1, set(), session
            )
            assert errors == {}
        return self.model()

    def model(self) -> DagModel:
        with Session() as session:
            return session.scalars(select(DagModel).where(DagModel.dag_id == self.dag_id)).one()

    def pause(self, paused: bool) -> None:
        with Session() as session, session.begin():
            session.get_one(DagModel, self.dag_id).is_paused = paused

    def schedule(self) -> None:
        """A pass of the scheduler: it makes the run that is due, if one is."""
        with Session() as session, session.begin():
            model = session.get_one(DagModel, self.dag_id)
            due = model.next_dagrun_create_after
            if not model.is_paused and due and due <= self.now:
                self.runner._create_dag_runs([model], session)

    def runs(self) -> list[str]:
        """The logical dates of all scheduled runs."""
        with Session() as session:
            query = select(DagRun).where(DagRun.dag_id == self.dag_id).order_by(DagRun.logical_date)
            found = session.scalars(query).all()
        assert {run.run_type for run in found} <= {"scheduled"}
        return [f"{run.logical_date:%m-%d %H:%M}" for run in found]
