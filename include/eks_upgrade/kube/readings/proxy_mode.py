"""How kube-proxy was told to work, as it was read for the preflight. Pure.

EKS keeps its configuration in the ConfigMap `kube-proxy-config` of kube-system, under the key
`config`; who runs it with flags says it there.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading

NAMESPACE, CONFIG_MAP, KEY = "kube-system", "kube-proxy-config", "config"


@dataclass(frozen=True)
class ProxyMode:
    """`iptables`, `ipvs`, `nftables`, or empty for the default; and where it stands."""

    mode: str
    where: str


PROXY_MODE: Reading[ProxyMode] = Reading(
    "proxy_mode",
    f"the ConfigMap {CONFIG_MAP}",
    ("get configmaps",),
)


def proxy_mode(config_map: Raw | None) -> ProxyMode:
    """The mode that a raw ConfigMap tells; empty where there is none, or it cannot be read."""
    where = f"ConfigMap {NAMESPACE}/{CONFIG_MAP}"
    text = ((config_map or {}).get("data") or {}).get(KEY) or ""
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError:
        return ProxyMode("", where)
    mode = told.get("mode") if isinstance(told, dict) else None
    return ProxyMode(str(mode or "").strip().lower(), where)


def flag_value(arguments: Iterable[str], flag: str) -> str | None:
    """What the last of these flags says; empty without a value, None where there is none.

    Args:
        arguments: of a container, command and all; a shell's whole line may be one of them.
        flag: its name with hyphens: `--proxy-mode`. Underscores are taken for them, as kube-proxy
            does.
    """
    words = [word.strip("\"'") for one in arguments for word in one.split()]
    found = None
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name.replace("_", "-") == flag:
            following = words[at + 1] if at + 1 < len(words) else ""
            found = value if equals else ("" if following.startswith("-") else following)
    return found.strip("\"'") if found is not None else None
