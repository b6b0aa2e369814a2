"""The VPC CNI's mode, as its DaemonSet or the configuration of its add-on tells it. Pure.

Names and defaults: https://github.com/aws/amazon-vpc-cni-k8s#cni-configuration-variables
"""

from collections.abc import Mapping
from typing import Any

import yaml

from include.eks_upgrade.aws.capacity.surge import CniMode
from include.eks_upgrade.common.raw import Raw

NAME, NAMESPACE = "aws-node", "kube-system"


def cni_mode(daemonset: Raw | None, addon: Raw | None) -> CniMode | None:
    """The mode; None when nothing tells it, as where pods have another CNI.

    Args:
        daemonset: raw DaemonSet `aws-node`; what runs counts, so it is asked first.
        addon: raw DescribeAddon of `vpc-cni`.
    """
    if daemonset is not None:
        return _mode(_environment(daemonset))
    if addon is None:
        return None
    try:
        # JSON is YAML, and EKS takes both.
        told = yaml.safe_load(addon.get("configurationValues") or "{}") or {}
        return _mode({key: str(value) for key, value in (told.get("env") or {}).items()})
    except (yaml.YAMLError, AttributeError):
        return None


def _environment(daemonset: Raw) -> dict[str, str]:
    containers: Any = daemonset["spec"]["template"]["spec"].get("containers") or ()
    found: Any = next((one for one in containers if one.get("name") == NAME), {})
    return {one["name"]: str(one.get("value") or "") for one in found.get("env") or ()}


def _mode(told: Mapping[str, str]) -> CniMode:
    warm = told.get("WARM_IP_TARGET", "")
    return CniMode(
        prefixes=_yes(told.get("ENABLE_PREFIX_DELEGATION")),
        custom_network=_yes(told.get("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG")),
        warm_enis=_number(told.get("WARM_ENI_TARGET"), 1),
        warm_prefixes=_number(told.get("WARM_PREFIX_TARGET"), 1),
        warm_addresses=_number(warm, 0) if warm.isdigit() else None,
        minimum_addresses=_number(told.get("MINIMUM_IP_TARGET"), 0),
    )


def _yes(text: str | None) -> bool:
    return (text or "").strip().lower() in {"true", "1", "t"}


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdigit() else otherwise
