"""How kube-proxy was told to work, as it was read for the preflight. Pure.

EKS keeps its configuration in the ConfigMap `kube-proxy-config` of kube-system, under the key
`config`; who runs it with flags says it there.
"""

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
