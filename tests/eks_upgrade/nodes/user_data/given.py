"""A cluster, a change of a node group, and what becomes of user data: for the tests beside this."""

import base64
from dataclasses import replace
from pathlib import Path

import yaml

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import Network
from include.eks_upgrade.nodes.launch_templates.user_data.mime import parts_of
from include.eks_upgrade.nodes.launch_templates.user_data.renew import (
    Change,
    NewUserData,
    judge_user_data,
)

CA = base64.b64encode(b"-----BEGIN CERTIFICATE-----\norchid's\n-----END").decode()
ENDPOINT = "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com"
CLUSTER = {
    "name": "orchid",
    "endpoint": ENDPOINT,
    "certificateAuthority": {"data": CA},
    "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
}
CHANGE = Change("pool", "pool-k133", "ami-1", "ami-2")
GROUP = "eks.amazonaws.com/nodegroup"
CALL = "/etc/eks/bootstrap.sh orchid"
RECORDED = Path(__file__).parents[3] / "recordings" / "aws"


def judge(old, family, **changes):
    change = replace(CHANGE, **changes)
    return judge_user_data(old, family=family, network=Network.of(CLUSTER), change=change)


def text(old, family, **changes):
    judged = judge(old, family, **changes)
    assert isinstance(judged, NewUserData), judged
    return judged.text


def refused(old, family, **changes):
    judged = judge(old, family, **changes)
    assert isinstance(judged, Problem), judged.text
    return str(judged)


def script(*lines):
    return "#!/bin/bash\n" + "\n".join(lines) + "\n"


def node_config(user_data):
    (part,) = [p for p in parts_of(user_data) if p.content_type == "application/node.eks.aws"]
    return yaml.safe_load(part.text)["spec"]


def flags(user_data):
    return dict(flag.split("=", 1) for flag in node_config(user_data)["kubelet"]["flags"])


WHOLE = f"""---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster:
    name: orchid
    apiServerEndpoint: {ENDPOINT}
    certificateAuthority: {CA}
    cidr: 172.20.0.0/16
  kubelet:
    flags:
    - --node-labels={GROUP}=pool
"""


def mime(*parts, headers=""):
    text = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="//"\n\n'
    for kind, body in parts:
        text += f"--//\nContent-Type: {kind}\n{headers}\n{body}\n"
    return text + "--//--\n"
