"""Reading the zonal shifts of a cluster, for the preflight. Changes nothing."""

from include.eks_upgrade.aws.calls import found_or_none
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.readings.clients import client_of
from include.eks_upgrade.aws.readings.zonal_shifts import takes_part
from include.eks_upgrade.common.raw import RawDict


def read_zonal_shifts(clients: AwsClients, facts: ClusterFacts) -> RawDict:
    """What ARC knows of the cluster; a cluster that takes no part is not asked about."""
    if not takes_part(facts.cluster):
        return {}
    arc = client_of(clients.zonal_shift, "ARC zonal shift")
    arn = str(facts.cluster["arn"])
    return found_or_none(lambda: arc.get_managed_resource(resourceIdentifier=arn)) or {}
