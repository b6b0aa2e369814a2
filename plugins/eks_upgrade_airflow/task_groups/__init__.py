"""The parts of an upgrade as task groups: a page of wiring each, for our DAGs and others'.

A group takes `cluster`, the arguments that say which cluster (`cluster_name`, `aws_conn_id`,
`region_name`), and `values`, what may be chosen, by the names of docs/parameters.md. What is not in
`values` has the default of the operator it goes to.
"""

from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]

APPROVAL = ("approvals", "approvers", "approval_minutes")
"""The parameters of every step that may ask a person first."""


def chosen(values: Values, *same: str, **renamed: str) -> dict[str, Any]:
    """Arguments for an operator from what was chosen.

    Args:
        values: by the names of docs/parameters.md.
        same: arguments that have the parameter's name.
        renamed: argument -> parameter, where they differ.
    """
    wanted = {name: name for name in same} | renamed
    return {argument: values[name] for argument, name in wanted.items() if name in values}
