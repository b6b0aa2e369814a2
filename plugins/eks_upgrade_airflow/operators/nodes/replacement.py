"""Checking that one node group can be replaced, before anything is touched."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import EksStepOperator
from eks_upgrade_airflow.connection.facts import read_facts
from eks_upgrade_airflow.operators.first_look import given_to, usable_clients
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.rights.ask import ask_rights
from include.eks_upgrade.aws.rights.right import AskedRights
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.common.text import trimmed
from include.eks_upgrade.kube.pod_facts.model import PodFacts
from include.eks_upgrade.nodes.images.find import find_image
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.planning.preflight.rules.aws_rights.coming import (
    ToCome,
    coming_rights,
    denied_problems,
)
from include.eks_upgrade.planning.preflight.rules.kubernetes_rights import needed_rights
from include.eks_upgrade.planning.preflight.rules.new_groups.problems import new_group_problems
from include.eks_upgrade.planning.preflight.rules.options import (
    early_problems,
    option_problems,
    told_together,
    unknown_parameters,
)
from include.eks_upgrade.planning.preflight.rules.replacement import (
    is_replaced,
    replacement_problems,
    replacement_warnings,
)
from include.eks_upgrade.planning.preflight.rules.smoke_test_pod import (
    smoke_test_findings,
    smoke_test_pod,
)
from include.eks_upgrade.planning.survey.findings import Findings, joined
from include.eks_upgrade.planning.survey.survey import survey
from include.eks_upgrade.planning.survey.surveyed import Surveyed, new_group
from include.eks_upgrade.preflight.facts import read_pods
from include.eks_upgrade.preflight.surge import read_surge_facts
from include.eks_upgrade.request import UpgradeRequest

if TYPE_CHECKING:
    from airflow.sdk import Context

FREE_KEY = "replacement_name_was_free"
"""In the task's state store, which outlives a clearing of the task."""


class EksCheckReplacementOperator(EksStepOperator):
    """See that a managed node group can be replaced in its own version. Changes nothing.

    What the plan of an upgrade checks for its node groups, for those who replace one without a
    plan: options, names, versions, the image, the states of cluster and group, and its pods. The
    XCom `to_version` is the version of the new nodes.

    Args:
        nodegroup_name: the old group.
        replacement_name: the new group; a group of this name must not be there yet.
        version: Kubernetes minor that is expected (`1.33`); empty: the control plane's.
        options: what the tasks that follow are given, by the names of docs/parameters.md, so that
            what they would refuse is refused here; what is not named has its default.
        parameters: as `EksPlanUpgradeOperator` takes them.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields, "nodegroup_name", "replacement_name", "version",
        "options",
    )  # fmt: skip
    output_keys = ("to_version",)

    def __init__(
        self,
        *,
        nodegroup_name: str,
        replacement_name: str,
        version: str | None = "",
        options: Mapping[str, Any] | None = None,
        parameters: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.parameters = parameters
        self.nodegroup_name = nodegroup_name
        self.replacement_name = replacement_name
        self.version = version
        self.options = options

    def step(self, context: "Context") -> StepResult:
        """Judge what was given, read the cluster, and judge it all together."""
        known = [*unknown_parameters(given_to(context), self.parameters), *self._early_problems()]
        with told_together(self._refused, known):
            return self._checked(context, usable_clients(self, known))

    def _early_problems(self) -> tuple[Problem, ...]:
        given = {
            **(self.options or {}),
            "region": self.region_name or "",
            "role_arn": self.role_arn or "",
        }
        return early_problems(UpgradeRequest.from_params(given))

    def _refused(self, problems: list[Problem]) -> Refused:
        return Refused(f"node group '{self.nodegroup_name}' is not replaced", problems)

    def _checked(self, context: "Context", clients: AwsClients) -> StepResult:
        name, replacement = self.nodegroup_name, self.replacement_name
        facts, store = read_facts(self.address, clients), context["task_state_store"]
        version, begun = trimmed(self.version or ""), bool(store.get(FREE_KEY))
        found = self._surveyed(facts)
        problems = [
            *replacement_problems(name, replacement, version, facts, begun=begun),
            *found.problems,
        ]
        if problems:
            raise self._refused(problems)
        store.set(FREE_KEY, True)
        data = {"to_version": str(facts.present)}
        if is_replaced(name, replacement, facts):
            return StepResult(f"'{replacement}' has replaced '{name}' already", data=data)
        for warning in (*replacement_warnings(name, replacement, facts), *found.warnings):
            self.log.info("warning: %s", warning)
        text = f"'{replacement}' can replace '{name}' at {facts.present}"
        return StepResult(text, data=data)

    def _surveyed(self, facts: ClusterFacts) -> Findings:
        """Options that contradict, an image or a group that cannot be, the old group's pods."""
        region = self.region_name or self.clients.region
        given = {**(self.options or {}), "cluster_name": self.cluster_name, "region": region}
        request = UpgradeRequest.from_params(given)
        problems, group = option_problems(request), facts.node_groups.get(self.nodegroup_name)
        if group is None:
            return Findings(problems)
        image = None
        if not problems:
            image = find_image(self.clients, request.ami, group, str(facts.present))
        new = new_group(self.replacement_name, group, image)
        rights = needed_rights(request)
        trial = smoke_test_pod(request)
        pods = read_pods(self.address, facts, [self.nodegroup_name], rights, trial) or PodFacts()
        replaced = {self.nodegroup_name: new}
        surveyed = Surveyed(pods, replaced, request.drain, request.may_strand_pods)
        own = [*problems, *([image] if isinstance(image, Problem) else [])]
        notes: tuple[str, ...] = ()
        if not problems:
            judged = read_surge_facts(
                self.address, self.clients, facts, {self.nodegroup_name: group}
            )
            own += self._new_group_problems(request, judged, image)
            asked = self._asked_rights(request, judged, image)
            own, notes = [*own, *denied_problems(asked.denied)], asked.unknown
        tested = smoke_test_findings(request, pods.trial, pods.missing)
        return joined([Findings(tuple(own), notes), survey(surveyed), tested])

    def _asked_rights(
        self, request: UpgradeRequest, facts: ClusterFacts, image: Image | Problem | None
    ) -> AskedRights:
        """What IAM says of the rights of the tasks that follow."""
        name = self.nodegroup_name
        to_come = ToCome(
            control_plane=False,
            addons={},
            groups={name: self.replacement_name},
            images={name: image},
        )
        return ask_rights(self.clients, coming_rights(request, facts, to_come))

    def _new_group_problems(
        self,
        request: UpgradeRequest,
        judged: ClusterFacts,
        image: Image | Problem | None,
    ) -> list[Problem]:
        """What the new group would not get: its template, subnets, quotas, capacity."""
        name = self.nodegroup_name
        return new_group_problems(
            {name: self.replacement_name},
            {name: image},
            judged,
            extra_nodes=request.extra_nodes,
            at_once=1,
        )
