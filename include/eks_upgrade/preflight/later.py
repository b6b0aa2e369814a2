"""Reading what the nodes of later hops would take. Changes nothing, and fails no plan."""

from dataclasses import replace

from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Refused, UpgradeError
from include.eks_upgrade.nodes.images.find import find_image
from include.eks_upgrade.planning.preflight.rules.later import LaterRoll, rolls_later
from include.eks_upgrade.preflight.reached import Reached
from include.eks_upgrade.preflight.surge import read_surge_facts
from include.eks_upgrade.request import UpgradeRequest

Surges = dict[frozenset[str], SurgeFacts | None]


def read_later_rolls(
    address: Reached, clients: AwsClients, request: UpgradeRequest, facts: ClusterFacts
) -> tuple[LaterRoll, ...]:
    """Each later hop that replaces nodes, with the images and the surge of its own version.

    Args:
        address: where the cluster is.
        clients: of its account and region.
        request: what is asked for.
        facts: with the surge of this run's own groups, where it replaces any.
    """
    surges: Surges = {}
    return tuple(
        _read(address, clients, request, facts, roll, surges)
        for roll in rolls_later(request, facts)
    )


def _read(
    address: Reached,
    clients: AwsClients,
    request: UpgradeRequest,
    facts: ClusterFacts,
    roll: LaterRoll,
    surges: Surges,
) -> LaterRoll:
    groups = {name: facts.node_groups[name] for name in roll.groups}
    try:
        images = {
            name: find_image(clients, request.ami, group, roll.version)
            for name, group in groups.items()
        }
        key = frozenset(groups)
        if key not in surges:
            surges[key] = _surge(address, clients, facts, key)
    except UpgradeError as error:
        return replace(roll, unknown=_reason(error))
    return replace(roll, images=images, surge=surges[key])


def _surge(
    address: Reached, clients: AwsClients, facts: ClusterFacts, names: frozenset[str]
) -> SurgeFacts | None:
    """What these groups' replacements take; this run's own groups were asked for already."""
    if facts.surge is not None and names <= facts.surge.templates.keys():
        return facts.surge
    groups = {name: facts.node_groups[name] for name in sorted(names)}
    return read_surge_facts(address, clients, facts, groups).surge


def _reason(error: UpgradeError) -> str:
    return str(error.problems[0]) if isinstance(error, Refused) else str(error).splitlines()[0]
