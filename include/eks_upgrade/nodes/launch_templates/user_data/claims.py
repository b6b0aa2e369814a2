"""What user data says of the cluster, held against what AWS says of it. Pure."""

from collections.abc import Mapping

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import Network
from include.eks_upgrade.nodes.launch_templates.user_data.model import (
    AUTHORITY,
    BOOTSTRAP_SH,
    CIDR,
    ENDPOINT,
    NAME,
    NODEADM,
    SETTINGS,
)
from include.eks_upgrade.nodes.launch_templates.user_data.node_config import (
    NEEDED as NODEADM_NEEDS,
)
from include.eks_upgrade.nodes.launch_templates.user_data.settings import NEEDED as SETTINGS_NEED

_NEEDED = {BOOTSTRAP_SH: (NAME,), NODEADM: NODEADM_NEEDS, SETTINGS: SETTINGS_NEED}

Said = Mapping[str, str | None]
"""`Reading.cluster`: None where only a shell on the node knows."""


def missing(style: str, said: Said) -> list[str]:
    """What a node of this style has to know of the cluster and is not told."""
    return [name for name in _NEEDED[style] if said.get(name, "") == ""]


def claim_problem(said: Said, network: Network, subject: str) -> Problem | None:
    """The Problem that it makes nodes join another cluster, or one that is no more."""
    cluster = network.cluster
    name = said.get(NAME, cluster)
    if name is not None and name != cluster:
        return Problem(
            subject,
            f"it makes a node join a cluster, but does not name {cluster}"
            + (f": it names {name}" if name else ""),
            f"let the launch template's user data name {cluster}",
        )
    for fact in (AUTHORITY, ENDPOINT, CIDR):
        told = said.get(fact)
        if told and not _same(told, network.facts[fact]):
            return Problem(
                subject,
                f"the {fact} in it is not that of cluster {cluster}: it was changed there, or the "
                "text is another cluster's, and a node could not join with it",
                f"put the {fact} that DescribeCluster shows into the launch template's user data",
            )
    return None


def own_settings(said: Said, network: Network) -> list[str]:
    """What it sets otherwise than a node of this cluster has it by default."""
    found = []
    for name in ("--dns-cluster-ip", "--ip-family"):
        told = said.get(name)
        if told and not _same(told, network.facts[name]):
            found.append(f"{name} {told}")
    return found


def untold(said: Said) -> list[str]:
    """Facts that only a shell on the node knows."""
    return [name.lstrip("-") for name, value in said.items() if value is None]


def _same(told: str, real: str) -> bool:
    """Whether two texts of a fact are the same but for line ends, case of a host and a last slash.

    Decoders of base64 pass over line ends, and stop at a blank.
    """
    told, real = "".join(told.splitlines()), "".join(real.splitlines())
    return told == real or (
        real.startswith("https://") and told.rstrip("/").lower() == real.rstrip("/").lower()
    )
