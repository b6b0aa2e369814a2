"""The plan of an upgrade, and its steps as arguments that later tasks are mapped over."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from eks_upgrade_airflow.base import EksStepOperator, report_failure
from eks_upgrade_airflow.connection.cluster_health import unwell_before
from eks_upgrade_airflow.notices.check import warnings as notifier_warnings
from eks_upgrade_airflow.operators.first_look import given_to, usable_clients
from eks_upgrade_airflow.run.task_log import log_message
from eks_upgrade_airflow.ui.links import ReportLink, tells_where_the_report_is
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.fleet.health.known import Known, groups_of
from include.eks_upgrade.planning.make_plan import plan_of, refused
from include.eks_upgrade.planning.plan import Plan
from include.eks_upgrade.planning.preflight.judged import judged, waiver_problems
from include.eks_upgrade.planning.preflight.rules.options import (
    early_problems,
    told_together,
    unknown_parameters,
)
from include.eks_upgrade.planning.preflight.verdict import Verdict, verdict_of
from include.eks_upgrade.preflight.look import look
from include.eks_upgrade.request import UpgradeRequest
from include.eks_upgrade.verification.cluster import BrokenBefore

if TYPE_CHECKING:
    from airflow.sdk import Context

TARGET_KEY = "target_version"
KNOWN_KEY = "known"
BEFORE_KEY = "broken_before"
VERDICT_KEY = "preflight"
"""XCom key of what the checks found, as JSON: docs/preflight.schema.json."""


class EksPlanUpgradeOperator(EksStepOperator):
    """Read what is, decide what will be, and refuse what cannot be. Changes nothing.

    The XCom is the plan as JSON (shape: `Plan.as_json`), which a person can read and diff; what
    a DAG hands on to other operators stands under keys of its own.

    Args:
        options: what the upgrade is to be, by the names of docs/parameters.md; what is not named
            has its default.
        parameters: the names that a run of this DAG may be given; one that is none of them is
            refused with the nearest. Empty: they are not looked at.
    """

    template_fields: Sequence[str] = (*EksStepOperator.template_fields, "options")
    operator_extra_links = (ReportLink(),)
    output_keys = ("to_version", "addon_versions", "replaced", "before", "behind", "known")

    def __init__(
        self,
        *,
        options: Mapping[str, Any] | None = None,
        parameters: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.options = options
        self.parameters = parameters
        self._verdict: Verdict | None = None

    def execute(self, context: "Context") -> dict[str, Any]:
        """Make the plan and log it."""
        with tells_where_the_report_is(context):
            return self._execute(context)

    def _execute(self, context: "Context") -> dict[str, Any]:
        with report_failure(context):
            try:
                plan = self._checked_plan(self._request(context), given_to(context))
            finally:
                self._leave_verdict(context)
            plan = _with_first_state(plan, context)
            plan = replace(plan, warnings=(*plan.warnings, *notifier_warnings()))
        context["task_state_store"].set(TARGET_KEY, plan.to_version)
        for line in (*plan.summary, *(f"warning: {warning}" for warning in plan.warnings)):
            log_message(self.log, line)
        for key, value in {**outputs(plan), "known": self._known(plan, context)}.items():
            context["ti"].xcom_push(key=key, value=value)
        return plan.as_json()

    def _leave_verdict(self, context: "Context") -> None:
        """Leave what the checks found, also where it refuses the plan."""
        if self._verdict is not None:
            log_message(self.log, f"preflight: {self._verdict.summary}")
            context["ti"].xcom_push(key=VERDICT_KEY, value=self._verdict.as_json())

    def _request(self, context: "Context") -> UpgradeRequest:
        """What is asked for; the minor once planned stays the minor of this run.

        The next one would be another when this task is cleared after the control plane has moved.
        """
        options = {**(self.options or {}), "cluster_name": self.cluster_name}
        where = {"region": self.region_name or "", "role_arn": self.role_arn or ""}
        request = UpgradeRequest.from_params({**options, **where})
        planned = context["task_state_store"].get(TARGET_KEY)
        if not planned:
            return request
        asked = request.target_version or str(planned)
        return replace(request, hop_version=str(planned), target_version=asked)

    def _known(self, plan: Plan, context: "Context") -> dict[str, Any]:
        """What the bake behind this hop is held against; nothing where there is no bake.

        Of the first try: a plan that is made again sees what the run has done meanwhile.
        """
        if not (plan.goes_on and float((self.options or {}).get("hop_bake_minutes") or 0)):
            return {}
        kept: Any = context["task_state_store"].get(KNOWN_KEY)
        if kept is None:
            kept = Known(
                version=plan.to_version,
                began=time.time(),
                before=plan.before,
                groups=groups_of(outputs(plan)["replaced"]),
                unwell=unwell_before(self.address),
            ).as_json()
            context["task_state_store"].set(KNOWN_KEY, kept)
        return dict(kept)

    def _checked_plan(self, request: UpgradeRequest, given: Collection[str]) -> Plan:
        """The plan, or all problems at once: those of the parameters, and what AWS says to them."""
        known = self._early_problems(request, given)
        with told_together(partial(self._refused, request), known):
            return self._plan(request, usable_clients(self, known))

    def _early_problems(self, request: UpgradeRequest, given: Collection[str]) -> list[Problem]:
        """What is wrong before anything is known of the cluster."""
        return [
            *unknown_parameters(given, self.parameters),
            *early_problems(request),
            *waiver_problems(request.waivers),
        ]

    def _refused(self, request: UpgradeRequest, problems: list[Problem]) -> Refused:
        return refused(request, problems)

    def _plan(self, request: UpgradeRequest, clients: AwsClients) -> Plan:
        seen = look(request, self.address, clients)
        outcomes = judged(seen)
        self._verdict = verdict_of(seen, outcomes)
        return plan_of(seen, outcomes)


def _with_first_state(plan: Plan, context: "Context") -> Plan:
    """The plan with the state before this run: cleared half-way, it would see what the run did."""
    first = context["task_state_store"].get(BEFORE_KEY)
    if first is None:
        context["task_state_store"].set(BEFORE_KEY, plan.before.as_json())
        return plan
    return replace(plan, before=BrokenBefore.from_json(first))


def outputs(plan: Plan) -> dict[str, Any]:
    """What other operators take of a plan, as plain arguments; see `EksClusterVerifiedSensor`."""
    return {
        "to_version": plan.to_version,
        "addon_versions": plan.addon_versions,
        "replaced": [
            {"name": step.name, "replacement": step.replacement, "to_version": step.to_version}
            for step in plan.node_groups
        ],
        "before": plan.before.as_json(),
        "behind": list(plan.behind) if plan.control_plane_needed else [],
    }


Part = Literal["addons_before", "addons_after", "node_groups"]


class EksPlanStepsOperator(BaseOperator):
    """One part of the plan as a list of arguments, for tasks to be mapped over (`expand_kwargs`).

    Args:
        plan: the plan as JSON.
        part: which one.
    """

    template_fields: Sequence[str] = ("plan", "part")
    leaves_result = True

    def __init__(self, *, plan: Mapping[str, Any], part: Part, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan
        self.part = part

    def execute(self, context: "Context") -> list[dict[str, Any]]:
        """The list."""
        with report_failure(context):
            steps = arguments(Plan.from_json(self.plan), self.part)
        self.log.info("%s: %s", self.part, counted(len(steps), "step"))
        return steps


def arguments(plan: Plan, part: Part) -> list[dict[str, Any]]:
    """The arguments that the operators of one part take, a dict for each step."""
    if part == "node_groups":
        # Words of AWS that nobody can write a template into, see `task_groups/addons.py`.
        before = plan.before.statuses().as_json()
        return [
            {
                "nodegroup_name": step.name,
                "replacement_name": step.replacement,
                "to_version": step.to_version,
                # Empty where the plan says that EKS chooses; that is held against the world, too.
                "planned_image_id": step.image.id if step.image else "",
                "before": before,
            }
            for step in plan.node_groups
        ]
    steps = plan.addons_before if part == "addons_before" else plan.addons_after
    return [
        {
            "addon_name": step.name,
            "addon_versions": list(step.versions),
            "resolve_conflicts": step.resolve_conflicts,
        }
        for step in steps
    ]
