"""Values of a run that DAG files hand to operators: parameters, and what follows from them."""

from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions._internal.contextmanager import DagContext
from airflow.sdk.definitions._internal.mixins import ResolveMixin
from airflow.sdk.definitions.param import DagParam, ParamsDict

from eks_upgrade_airflow.run.lock import minutes_beyond
from eks_upgrade_airflow.ui.params import upgrade_params
from include.eks_upgrade.common.text import trimmed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from airflow.sdk import DAG, Context


class NamedParam(DagParam):
    """A `dag.param(name)` that reads the same at every parse, and without blanks around it.

    Airflow 3.3.2 stores the text of what it cannot serialise in a mapped task; the default
    text holds an address in memory, so each parse would make a new version of the DAG.

    A field that was emptied in the form is sent as null, and means the default.
    """

    def __init__(self, current_dag: "DAG", name: str) -> None:
        super().__init__(current_dag, name)
        # Kept now: when a run is executed, Airflow puts its values where the defaults stood.
        self._when_empty = current_dag.params.get_param(name).value

    def resolve(self, context: "Context") -> Any:
        """The value of the run, when a task runs, without the blanks around its texts."""
        found = super().resolve(context)
        return self._when_empty if found is None else trimmed(found)

    def __repr__(self) -> str:
        return f"DagParam({self._name!r})"


class LockMinutes(ResolveMixin):
    """How long the cluster's lock must hold: longer than any wait the DAG's parameters allow.

    Every parameter whose name ends in `_minutes` is such a wait, that for an answer only where
    somebody is asked.
    """

    def iter_references(self) -> "Iterable[tuple[Any, str]]":
        """It hangs on no other task."""
        return ()

    def resolve(self, context: "Mapping[str, Any]") -> float:
        """The minutes, when the task runs."""
        given = context["params"]
        waits = {name: given[name] for name in given if name.endswith("_minutes")}
        if "approvals" in given and not given["approvals"]:
            waits.pop("approval_minutes", None)
        # One that was emptied in the form has its default.
        emptied = [name for name in waits if waits[name] is None]
        # The form is dear to make, every task resolves this, and hardly any run has such a field.
        usual = upgrade_params() if emptied else {}
        empty = [usual[name].value for name in emptied if name in usual]
        # A name that does not exist may hold anything; the plan refuses it.
        given_waits = [wait for wait in waits.values() if isinstance(wait, int | float)]
        return minutes_beyond([*empty, *given_waits])

    def __repr__(self) -> str:
        return "LockMinutes()"


class _FormOfDag(ParamsDict):
    """A DAG's parameters, of which a task that is being made gets no copy."""

    def __deepcopy__(self, memo: dict[int, Any] | None) -> ParamsDict:
        # Outside of the `with` block it is the DAG that is copied.
        return ParamsDict() if DagContext.active else super().__deepcopy__(memo)


def form_once(dag: "DAG") -> None:
    """Let the tasks of a DAG, which follow, carry no copies of its parameters.

    Airflow 3.3.2 copies all of them into each task. When a task runs it reads the DAG's own anyway
    (`process_params`), so the copies are only paid for: of the time in which a DAG file with sixty
    parameters is parsed, which every task does once, they are five sixths, and of the megabyte as
    which `eks_upgrade` is kept in the database, read by scheduler and api-server, nine tenths.
    """
    # As the class itself sets it: an assignment would turn it into an ordinary ParamsDict.
    object.__setattr__(dag, "params", _FormOfDag(dict(dag.params.items())))


def param(dag: "DAG", name: str) -> Any:
    """A parameter of the DAG, resolved when the task runs."""
    return NamedParam(dag, name)


def cluster_arguments(dag: "DAG") -> dict[str, Any]:
    """Which cluster: what every operator and sensor takes.

    A DAG of an earlier release has no parameter `role_arn`, and needs none.
    """
    role = {"role_arn": param(dag, "role_arn")} if "role_arn" in dag.params else {}
    return {
        "cluster_name": param(dag, "cluster_name"),
        "aws_conn_id": param(dag, "aws_conn_id"),
        "region_name": param(dag, "region"),
        **role,
    }
