"""Values of a run that DAG files hand to operators: parameters, and what follows from them."""

from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions._internal.mixins import ResolveMixin
from airflow.sdk.definitions.param import DagParam

from eks_upgrade_airflow.run.lock import minutes_beyond

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from airflow.sdk import DAG


class NamedParam(DagParam):
    """A `dag.param(name)` that reads the same at every parse.

    Airflow 3.3.2 stores the text of what it cannot serialise in a mapped task; the default
    text holds an address in memory, so each parse would make a new version of the DAG.
    """

    def __repr__(self) -> str:
        return f"DagParam({self._name!r})"


class LockMinutes(ResolveMixin):
    """How long the cluster's lock must hold: longer than any wait the DAG's parameters allow.

    Every parameter whose name ends in `_minutes` is such a wait.
    """

    def iter_references(self) -> "Iterable[tuple[Any, str]]":
        """It hangs on no other task."""
        return ()

    def resolve(self, context: "Mapping[str, Any]") -> float:
        """The minutes, when the task runs."""
        params = context["params"]
        return minutes_beyond(params[name] for name in params if name.endswith("_minutes"))

    def __repr__(self) -> str:
        return "LockMinutes()"


def param(dag: "DAG", name: str) -> Any:
    """A parameter of the DAG, resolved when the task runs."""
    return NamedParam(dag, name)


def cluster_arguments(dag: "DAG") -> dict[str, Any]:
    """Which cluster: what every operator and sensor takes."""
    return {
        "cluster_name": param(dag, "cluster_name"),
        "aws_conn_id": param(dag, "aws_conn_id"),
        "region_name": param(dag, "region"),
    }
