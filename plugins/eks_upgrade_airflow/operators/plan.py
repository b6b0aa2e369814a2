"""The plan of an upgrade, and the lists of steps that later tasks are mapped over."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from eks_upgrade_airflow.base import EksStepOperator, report_failure
from eks_upgrade_airflow.connection.facts import read_facts
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.nodes.images.find import find_image
from include.eks_upgrade.planning.plan import Images, Plan, groups_in_need, make_plan, plan_target
from include.eks_upgrade.request import UpgradeRequest

if TYPE_CHECKING:
    from airflow.sdk import Context

TARGET_KEY = "target_version"


class EksPlanUpgradeOperator(EksStepOperator):
    """Read what is, decide what will be, and refuse what cannot be. Changes nothing.

    The XCom is the plan as JSON (shape: `Plan.as_json`), which a person can read and diff.
    """

    def execute(self, context: "Context") -> dict[str, Any]:
        """Make the plan and tell it."""
        with report_failure(context):
            plan = self._plan(self._request(context))
        context["task_state_store"].set(TARGET_KEY, plan.to_version)
        for line in (*plan.summary, *(f"warning: {warning}" for warning in plan.warnings)):
            self.log.info("%s", line)
        return plan.as_json()

    def _request(self, context: "Context") -> UpgradeRequest:
        """The run's parameters; a target once planned stays the target of this run.

        'The next minor' would mean another one when this task is cleared after the upgrade.
        """
        request = UpgradeRequest.from_params(context["params"])
        planned = context["task_state_store"].get(TARGET_KEY)
        if planned and not request.target_version:
            return replace(request, target_version=str(planned))
        return request

    def _plan(self, request: UpgradeRequest) -> Plan:
        clients = self.clients
        request = replace(request, region=request.region or clients.region)
        facts = read_facts(replace(self.address, cluster=request.cluster), clients)
        images = look_up_images(clients, request, facts)
        return make_plan(request, facts, images)


def look_up_images(clients: AwsClients, request: UpgradeRequest, facts: ClusterFacts) -> Images:
    """An image, a problem or None (EKS chooses) for each node group that is to be replaced."""
    target = plan_target(request, facts)
    return {
        name: find_image(clients, request.ami, group, str(target))
        for name, group in groups_in_need(request, facts).items()
    }


class EksPlanStepsOperator(BaseOperator):
    """One list of the plan, for tasks to be mapped over.

    Args:
        plan: the plan as JSON.
        part: `addons_before`, `addons_after` or `node_groups`.
    """

    template_fields: Sequence[str] = ("plan", "part")

    def __init__(self, *, plan: Mapping[str, Any], part: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.part = part

    def execute(self, context: "Context") -> list[dict[str, Any]]:  # noqa: ARG002 - Airflow's signature
        """The list."""
        steps: list[dict[str, Any]] = self.plan[self.part]
        self.log.info("%s: %d step(s)", self.part, len(steps))
        return steps
