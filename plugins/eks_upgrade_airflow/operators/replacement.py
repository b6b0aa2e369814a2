"""Checking that one node group can be replaced, before anything is touched."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.connection.facts import read_facts
from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.planning.preflight.replacement import is_replaced, replacement_problems

if TYPE_CHECKING:
    from airflow.sdk import Context

FREE_KEY = "replacement_name_was_free"
"""In the task's state store, which outlives a clearing of the task."""


class EksCheckReplacementOperator(EksStepOperator):
    """See that a managed node group can be replaced in its own version. Changes nothing.

    What the plan of an upgrade checks for its node groups, for those who replace one without a
    plan: names, versions, and the states of cluster and group. The XCom `to_version` is the
    version of the new nodes.

    Args:
        nodegroup_name: the old group.
        replacement_name: the new group; a group of this name must not be there yet.
        version: Kubernetes minor that is expected (`1.33`); empty: the control plane's.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields, "nodegroup_name", "replacement_name", "version",
    )  # fmt: skip
    output_keys = ("to_version",)

    def __init__(
        self,
        *,
        nodegroup_name: str,
        replacement_name: str,
        version: str | None = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.replacement_name = replacement_name
        self.version = version

    def step(self, context: "Context") -> StepResult:
        """Read the cluster and judge."""
        name, replacement = self.nodegroup_name, self.replacement_name
        facts, store = read_facts(self.address, self.clients), context["task_state_store"]
        problems = replacement_problems(
            name,
            replacement,
            (self.version or "").strip(),
            facts,
            begun=bool(store.get(FREE_KEY)),
        )
        if problems:
            raise Refused(f"node group '{name}' is not replaced", problems)
        store.set(FREE_KEY, True)
        data = {"to_version": str(facts.present)}
        if is_replaced(name, replacement, facts):
            return StepResult(f"'{replacement}' has replaced '{name}' already", data=data)
        text = f"'{replacement}' can replace '{name}' at {facts.present}"
        return StepResult(text, data=data)
