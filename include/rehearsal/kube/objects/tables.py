"""`kubectl get`: the server-side tables it asks for with `as=Table`.

Each kind has columns (name, type, priority; priority 1 shows with `-o wide`) and a function
that makes a row's cells. Ages are simulated time.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from include.rehearsal.clock import SimClock
from include.rehearsal.kube.objects.table_rows import (
    budget_cells,
    cronjob_cells,
    daemonset_cells,
    deployment_cells,
    event_cells,
    job_cells,
    lease_cells,
    namespace_cells,
    node_cells,
    pod_cells,
    service_cells,
    workload_cells,
)
from include.rehearsal.raw import Raw

Cells = list[Any]
Row = Callable[[Raw, str], Cells]
_FIRST: Final = "Name"

COLUMNS: Final[Mapping[str, tuple[str, Row]]] = {
    # Columns by name; ":n" is an integer column, "+" one that shows with -o wide only.
    "nodes": (
        "Status Roles Age Version +Internal-IP +External-IP +OS-Image +Kernel-Version "
        "+Container-Runtime",
        node_cells,
    ),
    "pods": (
        "Ready Status Restarts Age +IP +Node +Nominated_Node +Readiness_Gates",
        pod_cells,
    ),
    "deployments": (
        "Ready Up-to-date:n Available:n Age +Containers +Images +Selector",
        deployment_cells,
    ),
    "daemonsets": (
        "Desired:n Current:n Ready:n Up-to-date:n Available:n Node_Selector Age +Containers "
        "+Images +Selector",
        daemonset_cells,
    ),
    "statefulsets": ("Ready Age +Containers +Images", workload_cells),
    "replicasets": (
        "Desired:n Current:n Ready:n Age +Containers +Images +Selector",
        workload_cells,
    ),
    "poddisruptionbudgets": (
        "Min_Available Max_Unavailable Allowed_Disruptions:n Age",
        budget_cells,
    ),
    "leases": ("Holder Age", lease_cells),
    "namespaces": ("Status Age", namespace_cells),
    "services": ("Type Cluster-IP External-IP Port(s) Age +Selector", service_cells),
    "events": ("Last_Seen Type Reason Object Message", event_cells),
    "cronjobs": ("Schedule Timezone Suspend Active:n Last_Schedule Age", cronjob_cells),
    "jobs": ("Status Completions Age", job_cells),
}
GENERIC: Final = ("Age", lambda obj, age: [obj["metadata"]["name"], age])


def wants_table(accept: str) -> bool:
    """Whether the client's first choice is a table."""
    return "as=Table" in accept.split(",", maxsplit=1)[0]


def embedded(query: Mapping[str, str]) -> str:
    """How much of its object a row carries: None, Metadata or Object."""
    return query.get("includeObject", "Metadata")


def table(
    plural: str,
    objects: Sequence[Raw],
    clock: SimClock,
    include: str,
    *,
    with_columns: bool = True,
) -> dict[str, Any]:
    """A `meta.k8s.io/v1` Table of these objects; `include` as `embedded` reads it."""
    columns, row = COLUMNS.get(plural, GENERIC)
    version = objects[0]["metadata"].get("resourceVersion", "") if len(objects) == 1 else ""
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version},
        "columnDefinitions": _definitions(columns) if with_columns else None,
        "rows": [
            {"cells": row(each, age(each, clock)), **_included(each, include)} for each in objects
        ],
    }


def age(obj: Raw, clock: SimClock) -> str:
    """How old an object is, as kubectl writes it."""
    created = obj["metadata"].get("creationTimestamp")
    if not created:
        return "<unknown>"
    return human_duration(clock.now() - datetime.fromisoformat(created).timestamp())


def human_duration(seconds: float) -> str:  # noqa: PLR0911 - one return per unit reads best
    """Ages as apimachinery writes them: 45s, 3m20s, 12m, 5h, 2d3h, 40d."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    return f"{days}d"


def _definitions(columns: str) -> list[dict[str, Any]]:
    return [_definition(column) for column in (_FIRST, *columns.split())]


def _definition(column: str) -> dict[str, Any]:
    name, _, kind = column.removeprefix("+").partition(":")
    return {
        "name": name.replace("_", " "),
        "type": "integer" if kind else "string",
        "format": "name" if name == _FIRST else "",
        "description": "",
        "priority": 1 if column.startswith("+") else 0,
    }


def _included(obj: Raw, include: str) -> dict[str, Any]:
    if include == "None":
        return {}
    if include == "Object":
        return {"object": obj}
    head = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
    return {"object": {**head, "metadata": obj["metadata"]}}
