"""The way back of pods to old nodes: which pairs, and what becomes of the new group."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from eks_upgrade_airflow.base import report_failure
from eks_upgrade_airflow.operators.nodes.nodegroup import EksDeleteNodegroupOperator
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.step_result import StepResult

if TYPE_CHECKING:
    from airflow.sdk import Context


class EksWaysBackOperator(BaseOperator):
    """The pairs whose pods go back, as arguments that tasks are mapped over (`expand_kwargs`).

    Args:
        ways_back: as `EksReleaseLookOperator` has found them.
    """

    template_fields: Sequence[str] = ("ways_back",)
    leaves_result = True

    def __init__(self, *, ways_back: Sequence[Mapping[str, Any]] | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ways_back = ways_back

    def execute(self, context: "Context") -> list[dict[str, Any]]:
        """The list: from the new group to the old one."""
        with report_failure(context):
            ways = [
                {
                    "nodegroup_name": way["new"],
                    "replacement_name": way["old"],
                    "to_version": way["old_version"],
                    "desired_nodes": way["nodes"],
                }
                for way in self.ways_back or ()
            ]
        self.log.info("pods go back from %s", counted(len(ways), "node group"))
        return ways


class EksDeleteEmptiedNodegroupOperator(EksDeleteNodegroupOperator):
    """Delete the new group that was emptied, where that is wanted; else it stays, fenced.

    Args:
        wanted: whether it is deleted.
    """

    template_fields: Sequence[str] = (*EksDeleteNodegroupOperator.template_fields, "wanted")

    def __init__(self, *, wanted: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.wanted = wanted

    def step(self, context: "Context") -> StepResult:
        """Delete it, or leave it.

        Raises:
            AirflowSkipException: it stays, and the wait for its end is skipped with this.
        """
        if not self.wanted:
            text = f"node group '{self.nodegroup_name}' stays, empty and fenced"
            raise AirflowSkipException(text)
        return super().step(context)
