"""What user data is made of and what it says, as plain values. Pure."""

import re
from dataclasses import dataclass, field

from include.eks_upgrade.nodes.images.image import AL2, AL2023, BOTTLEROCKET, UBUNTU
from include.eks_upgrade.nodes.launch_templates.user_data.taints import Taint

BOOTSTRAP_SH, NODEADM, SETTINGS = "bootstrap.sh", "nodeadm", "Bottlerocket settings"
"""The three ways to join a cluster."""

NODE_CONFIG_TYPE = "application/node.eks.aws"
SCRIPT_TYPE = "text/x-shellscript"
SETTINGS_TYPE = "application/toml"
WINDOWS_TYPE = "text/x-windows"
UNKNOWN_TYPE = "text/x-unknown"
NO_PARTS_TYPE = "text/x-message-without-parts"
UNSEEN_TYPE = "text/x-unseen-node-config"
"""The last five stand in no header: they say what a reader on the node makes of a text."""

_STYLES = {AL2: BOOTSTRAP_SH, UBUNTU: BOOTSTRAP_SH, AL2023: NODEADM, BOTTLEROCKET: SETTINGS}

NAME, ENDPOINT, AUTHORITY, CIDR = "name", "endpoint", "certificate authority", "service network"
"""What a part says of the cluster."""

_LONG = re.compile(r"[A-Za-z0-9+/=_-]{33,}")
_MAX_SHOWN = 90


def style_of(family: str) -> str:
    """How nodes of a family join: one of the three styles, or '' for another family."""
    return _STYLES.get(family, "")


@dataclass(frozen=True)
class Part:
    """One part of user data; a plain script or TOML is a single part."""

    content_type: str
    text: str


@dataclass
class Reading:
    """What one part says.

    Attributes:
        style: how it makes a node join, or would if it were whole; '' when it does not.
        cluster: what it says of the cluster, under NAME, ENDPOINT, AUTHORITY and CIDR; None where
            only a shell on the node knows.
        labels, taints: what nodes register with.
        flags: other flags of the kubelet.
        gates: feature gates in the kubelet's own configuration, by name; those of a flag are in
            `flags`.
        taints_by_flag: whether a flag of the kubelet's gives the taints; it counts more than its
            configuration.
        extras: everything else that a part written anew would not say, in its own words.
        unreadable: why it is beyond the reader here, though a node may read it; '' when it is not.
        broken: why no node would read it; '' when one would.
        by_mention: whether nothing but a mention of bootstrap.sh gives the style.
        where: which part it is of several, '' for the only one.
    """

    style: str = ""
    cluster: dict[str, str | None] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    taints: list[Taint] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    gates: dict[str, str] = field(default_factory=dict)
    taints_by_flag: bool = False
    extras: list[str] = field(default_factory=list)
    unreadable: str = ""
    broken: str = ""
    by_mention: bool = False
    where: str = ""

    def more_than_joining(self) -> list[str]:
        """All that would be lost if the part were written anew, shortened for a message."""
        flags = [f"kubelet flag {flag}" for flag in self.flags]
        unread = [one for one in (self.broken, self.unreadable) if one]
        where = f"{self.where}, " if self.where else ""
        return [shown(f"{where}{one}") for one in (*unread, *self.extras, *flags)]


def shown(text: str) -> str:
    """A line for a message: certificates and keys cut, and not too long."""
    line = _LONG.sub(lambda found: f"{found.group()[:12]}…", " ".join(text.split()))
    return line if len(line) <= _MAX_SHOWN else f"{line[: _MAX_SHOWN - 1]}…"
