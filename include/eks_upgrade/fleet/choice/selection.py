"""Which clusters a selector means. Patterns are those of a shell: `*`, `?`, `[ab]`, `[!ab]`."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import Clusters, Selector


def means(selector: Selector | None, cluster: FleetCluster) -> bool:
    """Whether the selector means this cluster; None means all.

    A tag that the cluster does not have fits no pattern, `*` neither.
    """
    if selector is None:
        return True
    return (
        _fits(selector.names, cluster.name)
        and _fits(selector.accounts, cluster.account_name, cluster.account)
        and _fits(selector.regions, cluster.region)
        and all(
            key in cluster.tags and fnmatchcase(cluster.tags[key], pattern)
            for key, pattern in selector.tags.items()
        )
    )


def in_fleet(clusters: Clusters, cluster: FleetCluster) -> bool:
    """Whether the cluster is one of the fleet."""
    return any(means(one, cluster) for one in clusters.include) and not any(
        means(one, cluster) for one in clusters.exclude
    )


def _fits(patterns: Sequence[str], *words: str) -> bool:
    """Whether one of the patterns fits one of the words; no pattern at all fits everything."""
    # `fnmatchcase`, because names of EKS differ by case on every machine.
    return not patterns or any(fnmatchcase(word, each) for each in patterns for word in words)
