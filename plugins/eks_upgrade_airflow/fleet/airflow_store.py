"""Airflow as the fleet's command line needs it: its database, as `airflow variables` uses it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from airflow.api.client import get_current_api_client
from airflow.models.dag import DagModel
from airflow.models.variable import Variable
from airflow.utils.session import create_session
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from include.eks_upgrade.common.errors import refusal


class AirflowStore:
    """Airflow itself; see `commands.Store`.

    Every method raises Refused when the database gives no answer.
    """

    def read(self, name: str) -> str | None:
        """From Airflow's database, or its secrets backend."""
        # `Variable.get` takes a database that does not answer for a Variable that is not there,
        # and so a stop for none. This question is not swallowed.
        with _answering(), create_session() as session:
            session.execute(select(Variable.id).limit(1))
        found: str | None = Variable.get(name, default_var=None)
        return found

    def write(self, name: str, text: str, about: str) -> None:
        """To Airflow's database."""
        with _answering():
            Variable.set(name, text, description=about)

    def trigger(self, dag_id: str, conf: Mapping[str, Any], who: str) -> str:
        """As `airflow dags trigger` does it."""
        with _answering():
            made = get_current_api_client().trigger_dag(
                dag_id=dag_id, conf=dict(conf), triggering_user_name=who
            )
        return str((made or {})["dag_run_id"])

    def dag_is_paused(self, dag_id: str) -> bool | None:
        """Whether a DAG is paused; None when Airflow knows none of that name."""
        with _answering(), create_session() as session:
            found = session.get(DagModel, dag_id)
            return None if found is None or found.is_stale else bool(found.is_paused)


@contextmanager
def _answering() -> Iterator[None]:
    """Say in words that the database did not answer."""
    try:
        yield
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        remedy = (
            "run it where `airflow variables list` works, with the same AIRFLOW_HOME, configuration"
            " and user as Airflow's servers"
        )
        what = f"it gives no answer: {why}"
        raise refusal("Nothing was changed", "Airflow's database", what, remedy) from error
