"""Looking at a cluster for a plan: everything that its checks judge. Changes nothing."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from include.eks_upgrade.aws.addons import read_addon_schemas
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.reading import with_fresh_insights
from include.eks_upgrade.aws.rights.ask import ask_rights
from include.eks_upgrade.common.reading import Readings
from include.eks_upgrade.nodes.images.find import find_image
from include.eks_upgrade.planning.foresee import groups_to_foresee
from include.eks_upgrade.planning.make_plan import (
    Images,
    addon_versions_to_check,
    groups_in_need,
    groups_to_survey,
    insights_count,
    plan_target,
    rights_to_ask_for,
    seen_for,
)
from include.eks_upgrade.planning.preflight.rules.chosen import with_successors
from include.eks_upgrade.planning.preflight.rules.kubernetes_rights import needed_rights
from include.eks_upgrade.planning.preflight.rules.smoke_test_pod import smoke_test_pod
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.preflight.facts import read_facts, read_pods
from include.eks_upgrade.preflight.later import read_later_rolls
from include.eks_upgrade.preflight.reached import Reached, ReachedOnce
from include.eks_upgrade.preflight.side_by_side import read_all
from include.eks_upgrade.preflight.surge import read_surge_facts
from include.eks_upgrade.request import UpgradeRequest


def look(request: UpgradeRequest, reached: Reached, clients: AwsClients) -> Seen:
    """Everything that the checks judge; blocks.

    Args:
        request: what is asked for; without a region it gets that of the clients.
        reached: where the cluster is.
        clients: of its account and region.

    Raises:
        UpgradeError: as AWS and Kubernetes answered about what every plan needs.
    """
    address = ReachedOnce(reached)
    request = replace(request, region=request.region or clients.region)
    facts = read_facts(address, clients)
    if insights_count(request, facts):
        facts = with_fresh_insights(clients, facts, datetime.now(UTC))
    request = with_successors(request, facts)
    images = look_up_images(clients, request, facts)
    rights = needed_rights(request)
    surveyed, trial = groups_to_survey(request, facts), smoke_test_pod(request)
    pods = read_pods(address, facts, surveyed, rights, trial)
    later = read_pods(address, facts, groups_to_foresee(request, facts), rights)
    facts = read_surge_facts(address, clients, facts, groups_in_need(request, facts))
    schemas = addon_versions_to_check(request, facts)
    with aws_errors_about(f"add-ons of cluster {address.cluster!r}"):
        facts = facts.with_addon_schemas(*read_addon_schemas(clients.eks, schemas))
    facts = facts.with_rights(ask_rights(clients, rights_to_ask_for(request, facts, images)))
    readings = read_readings(address, clients, facts)
    seen = seen_for(request, facts, images, pods, readings, moment=datetime.now(UTC))
    rolls = read_later_rolls(address, clients, request, facts)
    return replace(seen, pods_later=later, later_rolls=rolls)


def look_up_images(clients: AwsClients, request: UpgradeRequest, facts: ClusterFacts) -> Images:
    """An image, a problem or None (EKS chooses) for each node group that is to be replaced."""
    target = plan_target(request, facts)
    return {
        name: find_image(clients, request.ami, group, str(target))
        for name, group in groups_in_need(request, facts).items()
    }


def read_readings(address: Reached, clients: AwsClients, facts: ClusterFacts) -> Readings:
    """What the checks need of their own, each or why it is not known; stops nothing."""
    there = facts.cluster.get("endpoint")
    access = address.access(dict(facts.cluster)) if there else None
    return asyncio.run(read_all(clients, facts, access))
