"""What EKS says of one version on offer. Pure."""

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import NotKnown
from include.eks_upgrade.common.versions import Minor


def offered(facts: ClusterFacts, minor: Minor) -> Raw:
    """The entry of DescribeClusterVersions; empty when EKS does not list the version.

    Raises:
        NotKnown: EKS could not be asked.
    """
    if facts.offered_versions is None:
        raise NotKnown("which versions EKS offers could not be read: DescribeClusterVersions")
    rows = (one for one in facts.offered_versions if one.get("clusterVersion") == str(minor))
    return next(rows, {})
