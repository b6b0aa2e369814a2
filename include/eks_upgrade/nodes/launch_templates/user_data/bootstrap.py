"""The part of user data that makes a node with a custom image join its cluster, written new.

EKS merges nothing into the user data of a group with a custom image, so this part must name
the cluster, its endpoint and CA, and the labels and taints the node registers with:
https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html and the NodeConfig of
https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/
"""

import ipaddress
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.launch_templates.user_data.kubelet_flags import flags_for
from include.eks_upgrade.nodes.launch_templates.user_data.model import (
    AUTHORITY,
    BOOTSTRAP_SH,
    CIDR,
    ENDPOINT,
    NAME,
    NODE_CONFIG_TYPE,
    NODEADM,
    SCRIPT_TYPE,
    SETTINGS_TYPE,
    Part,
)
from include.eks_upgrade.nodes.launch_templates.user_data.taints import Taint, taint_settings

IMAGE_LABEL = "eks.amazonaws.com/nodegroup-image"


@dataclass(frozen=True)
class Network:
    """How a node finds its cluster.

    Attributes:
        endpoint: `https://…` of the API server.
        certificate_authority: base64 PEM.
        service_cidr: service addresses, IPv4 or IPv6.
        dns_ip: the address of the cluster's DNS: the tenth of the service addresses.
    """

    cluster: str
    endpoint: str
    certificate_authority: str
    service_cidr: str
    dns_ip: str

    @property
    def ipv6(self) -> bool:
        """Whether pods and services have IPv6 addresses."""
        return ":" in self.service_cidr

    @property
    def facts(self) -> dict[str, str]:
        """What user data may say of the cluster, under the names of `model.py`."""
        return {
            NAME: self.cluster,
            ENDPOINT: self.endpoint,
            AUTHORITY: self.certificate_authority,
            CIDR: self.service_cidr,
            "--dns-cluster-ip": self.dns_ip,
            "--ip-family": "ipv6" if self.ipv6 else "ipv4",
        }

    @classmethod
    def of(cls, cluster: Raw) -> "Network":
        """Read a raw `describe_cluster()["cluster"]`."""
        config = cluster.get("kubernetesNetworkConfig", {})
        # The tenth address is what EKS's own bootstrap.sh computes and where it puts CoreDNS.
        six = config.get("ipFamily") == "ipv6"
        cidr = config.get("serviceIpv6Cidr" if six else "serviceIpv4Cidr") or "10.100.0.0/16"
        return cls(
            cluster=cluster["name"],
            endpoint=cluster["endpoint"],
            certificate_authority=cluster["certificateAuthority"]["data"],
            service_cidr=cidr,
            dns_ip=str(ipaddress.ip_network(cidr, strict=False).network_address + 10),
        )


def joining_part(
    style: str,
    network: Network,
    labels: Mapping[str, str],
    taints: Sequence[Taint],
) -> Part:
    """The part that joins the cluster in a style of `model.py`."""
    flags = flags_for(dict(labels), taints)
    if style == BOOTSTRAP_SH:
        return Part(SCRIPT_TYPE, _script(network, flags))
    if style == NODEADM:
        return Part(NODE_CONFIG_TYPE, _node_config(network, flags))
    return Part(SETTINGS_TYPE, _settings(network, labels, taints))


def _script(network: Network, flags: Sequence[str]) -> str:
    words = [
        "/etc/eks/bootstrap.sh",
        network.cluster,
        "--apiserver-endpoint",
        network.endpoint,
        "--b64-cluster-ca",
        network.certificate_authority,
        "--dns-cluster-ip",
        network.dns_ip,
    ]
    if network.ipv6:
        words += ["--ip-family", "ipv6", "--service-ipv6-cidr", network.service_cidr]
    words += ["--kubelet-extra-args", " ".join(flags)]
    return f"#!/bin/bash\nset -o errexit\n{shlex.join(words)}\n"


def _node_config(network: Network, flags: Sequence[str]) -> str:
    config = {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {
            "cluster": {
                "name": network.cluster,
                "apiServerEndpoint": network.endpoint,
                "certificateAuthority": network.certificate_authority,
                "cidr": network.service_cidr,
            },
            "kubelet": {"flags": list(flags)},
        },
    }
    # A certificate is longer than yaml's line, and folded text is hard to read for people.
    return yaml.safe_dump(config, sort_keys=False, width=100_000)


def _settings(network: Network, labels: Mapping[str, str], taints: Sequence[Taint]) -> str:
    """TOML; JSON strings are valid TOML basic strings for what names and PEM text hold."""
    lines = [
        "[settings.kubernetes]",
        f"api-server = {json.dumps(network.endpoint)}",
        f"cluster-certificate = {json.dumps(network.certificate_authority)}",
        f"cluster-name = {json.dumps(network.cluster)}",
        f"cluster-dns-ip = {json.dumps(network.dns_ip)}",
        "[settings.kubernetes.node-labels]",
        *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in labels.items()),
    ]
    effects = taint_settings(taints)
    if effects:
        lines.append("[settings.kubernetes.node-taints]")
        lines += [f"{json.dumps(key)} = {json.dumps(texts)}" for key, texts in effects.items()]
    return "\n".join(lines) + "\n"
