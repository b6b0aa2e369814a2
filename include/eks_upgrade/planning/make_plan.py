"""Making the plan of one run: what is, what will be, and every reason why it cannot be.

Pure: facts in, plan or refusal out.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from include.eks_upgrade.addons.configuration import versions_to_check
from include.eks_upgrade.addons.plan import AddonWays, plan_addons
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.readings.node_prices import NODE_PRICES
from include.eks_upgrade.aws.rights.right import AwsRight
from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import NotKnown, Readings
from include.eks_upgrade.common.versions import Minor
from include.eks_upgrade.kube.pod_facts.model import PodFacts
from include.eks_upgrade.nodes.images.image import Image
from include.eks_upgrade.nodes.managed.new_group.names import replacement_name
from include.eks_upgrade.planning.hops.words import hop_lines
from include.eks_upgrade.planning.order import ordered_groups
from include.eks_upgrade.planning.plan import NodeGroupStep, Plan
from include.eks_upgrade.planning.prediction.lines import prediction_lines, prediction_warnings
from include.eks_upgrade.planning.prediction.model import Prediction
from include.eks_upgrade.planning.prediction.predict import predict
from include.eks_upgrade.planning.prediction.surge import AWS_PRICES, NodePrices
from include.eks_upgrade.planning.preflight.agreement import agreed
from include.eks_upgrade.planning.preflight.check import Outcomes, Severity
from include.eks_upgrade.planning.preflight.judged import judged
from include.eks_upgrade.planning.preflight.rules.aws_rights.coming import (
    ToCome,
    coming_rights,
)
from include.eks_upgrade.planning.preflight.rules.chosen import groups_behind
from include.eks_upgrade.planning.preflight.rules.groups import groups_to_roll
from include.eks_upgrade.planning.preflight.rules.hops import hops_of
from include.eks_upgrade.planning.preflight.rules.standing import final_minor
from include.eks_upgrade.planning.preflight.rules.target import (
    choose_target,
    control_plane_needed,
    target_problems,
)
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.summary import summarise
from include.eks_upgrade.request import UpgradeRequest
from include.eks_upgrade.verification.cluster import broken_before

Images = Mapping[str, Image | Problem | None]
"""By old node group: its new image, why there is none, or None where EKS chooses its own."""


def plan_target(request: UpgradeRequest, facts: ClusterFacts) -> Minor | None:
    """The minor the run goes to; None when the target is refused."""
    return None if target_problems(request, facts) else choose_target(request, facts)


def insights_count(request: UpgradeRequest, facts: ClusterFacts) -> bool:
    """Whether EKS's insights are judged: they are about a control plane that is yet to move."""
    target = plan_target(request, facts)
    return target is not None and facts.present < target


def groups_in_need(request: UpgradeRequest, facts: ClusterFacts) -> dict[str, Raw]:
    """The raw node groups to be replaced, by name: those `make_plan` wants an image for."""
    target = plan_target(request, facts)
    names = groups_to_roll(request, target, facts) if target else ()
    return {name: facts.node_groups[name] for name in names}


def addon_ways(request: UpgradeRequest, target: Minor, facts: ClusterFacts) -> AddonWays:
    """Every add-on's way to what fits the target."""
    to_start = control_plane_needed(target, facts) and facts.running_update() is None
    return plan_addons(request.addon_conflicts, target, facts, control_plane=to_start)


def addon_versions_to_check(
    request: UpgradeRequest, facts: ClusterFacts
) -> tuple[tuple[str, str], ...]:
    """The (add-on, version) whose schema `make_plan` holds the add-on's configuration against."""
    target = plan_target(request, facts)
    if target is None:
        return ()
    ways = addon_ways(request, target, facts)
    return versions_to_check((*ways.before, *ways.after), facts.addons)


def groups_to_survey(request: UpgradeRequest, facts: ClusterFacts) -> tuple[str, ...]:
    """The groups whose pods are to move; of a refused target those that the next minor needs."""
    return groups_to_roll(request, plan_target(request, facts) or facts.present.next(), facts)


def rights_to_ask_for(
    request: UpgradeRequest, facts: ClusterFacts, images: Images
) -> tuple[AwsRight, ...]:
    """The rights in AWS of all that the plan would have done; none for a refused target."""
    target = plan_target(request, facts)
    if target is None:
        return ()
    to_start = control_plane_needed(target, facts) and facts.running_update() is None
    ways = plan_addons(request.addon_conflicts, target, facts, control_plane=to_start)
    rolled = groups_to_roll(request, target, facts)
    to_come = ToCome(
        control_plane=to_start,
        addons={step.name: step.role_arn for step in (*ways.before, *ways.after)},
        groups={name: replacement_name(name, str(target)) for name in rolled},
        images=images,
    )
    return coming_rights(request, facts, to_come)


def make_plan(
    request: UpgradeRequest,
    facts: ClusterFacts,
    images: Images,
    pods: PodFacts | None = None,
    readings: Readings | None = None,
) -> Plan:
    """The plan, or all that stands in its way.

    Args:
        request: what was asked for.
        facts: what is, the kubelets included.
        images: an entry for each group of `groups_in_need`.
        pods: those of `groups_to_survey`; None where there is no group, or nobody to ask.
        readings: what checks need of their own; None where nobody asked.

    Raises:
        Refused: with every problem at once; nothing was touched.
    """
    seen = seen_for(request, facts, images, pods, readings)
    return plan_of(seen, judged(seen))


def seen_for(
    request: UpgradeRequest,
    facts: ClusterFacts,
    images: Images,
    pods: PodFacts | None = None,
    readings: Readings | None = None,
    moment: datetime | None = None,
) -> Seen:
    """What the checks judge; arguments as those of `make_plan`, `moment` is when it was seen.

    Of a refused target all is judged by what the next minor needs, so that all is told at once.
    """
    return Seen(
        request=request,
        target=plan_target(request, facts) or facts.present.next(),
        facts=facts,
        images=images,
        pods=pods,
        readings=readings or Readings(),
        moment=moment or datetime.now(UTC),
    )


def plan_of(seen: Seen, outcomes: Outcomes) -> Plan:
    """The plan, where nothing that was found blocks it.

    Raises:
        Refused: with every finding that blocks.
    """
    blocking = [one.problem for one in outcomes.findings(Severity.BLOCKS)]
    if blocking:
        raise refused(seen.request, blocking)
    plan = _plan(seen.request, seen.target, seen.facts, seen.ways, seen.images)
    informing = [one.text for one in outcomes.findings(Severity.INFORMS)]
    warnings = [one.text for one in outcomes.findings(Severity.WARNS)]
    foretold = _foretold(plan, seen)
    late = prediction_warnings(foretold, seen.request.drain.timeout_minutes)
    hops = hops_of(seen.request, seen.target, seen.facts)
    return replace(
        plan,
        summary=(*plan.summary, *hop_lines(hops), *informing, *prediction_lines(foretold)),
        warnings=(*warnings, *outcomes.unknown, *late),
        prediction=foretold,
        final_version=str(final_minor(seen.request, seen.target)),
        hops=hops.all,
        behind=groups_behind(seen.request, seen.facts.present, seen.facts),
        account=_account(seen.facts),
    )


def _account(facts: ClusterFacts) -> str:
    parts = str(facts.cluster.get("arn") or "").split(":")
    return parts[4] if len(parts) > 4 else ""


def _foretold(plan: Plan, seen: Seen) -> Prediction:
    try:
        surveyed = seen.surveyed
    except NotKnown:  # nobody asked, or they could not be read
        surveyed = None
    return predict(plan, seen.request, seen.facts, surveyed, seen.moment, _prices(seen))


def _prices(seen: Seen) -> NodePrices:
    try:
        return NodePrices(seen.of(NODE_PRICES), AWS_PRICES, "AWS lists no price of it in dollars")
    except NotKnown as error:
        return NodePrices(why_not=str(error))


def _plan(
    request: UpgradeRequest,
    target: Minor,
    facts: ClusterFacts,
    ways: AddonWays,
    images: Images,
) -> Plan:
    rolled = ordered_groups(request, target, facts)
    found = {name: image for name in rolled if isinstance(image := images[name], Image)}
    return Plan(
        cluster=request.cluster,
        region=request.region,
        from_version=str(facts.present),
        to_version=str(target),
        control_plane_needed=control_plane_needed(target, facts),
        addons_before=ways.before,
        addons_after=ways.after,
        node_groups=tuple(_group_step(name, target, facts, found.get(name)) for name in rolled),
        summary=summarise(request, target, facts, ways, found),
        before=broken_before(facts),
    )


def _group_step(
    name: str, target: Minor, facts: ClusterFacts, image: Image | None
) -> NodeGroupStep:
    version = facts.group_version(name)
    return NodeGroupStep(
        name=name,
        replacement=replacement_name(name, str(target)),
        from_version=str(version) if version else "",
        to_version=str(target),
        image=image,
    )


def refused(request: UpgradeRequest, problems: list[Problem]) -> Refused:
    """The refusal of an upgrade, each problem once."""
    title = f"The upgrade of cluster {request.cluster!r} cannot go ahead"
    return Refused(title, agreed(problems))
