"""The certificate authority and the endpoint in user data, held against the cluster's.

A cluster's certificate authority can be changed (UpdateClusterConfig and the calls around
CertificateAuthority in EKS's API), and user data of a custom image holds a copy of it.
"""

from collections.abc import Iterator

from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import Network
from include.eks_upgrade.nodes.launch_templates.user_data.claims import claim_problem
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.nodes.launch_templates.rolled_templates import (
    RolledTemplate,
    rolled_templates,
)
from include.eks_upgrade.planning.preflight.seen import Seen

_OF_A_READY_CLUSTER = ("name", "endpoint", "certificateAuthority")


def _judge(seen: Seen) -> Iterator[Finding]:
    cluster = seen.facts.cluster
    if not all(cluster.get(key) for key in _OF_A_READY_CLUSTER):
        return  # still being made; it is refused for that
    network = Network.of(cluster)
    for template in rolled_templates(seen):
        yield from _of_template(template, network)


def _of_template(template: RolledTemplate, network: Network) -> Iterator[Finding]:
    heard = template.heard()
    problem = heard and claim_problem(heard.cluster, network, template.subject)
    if problem:
        # Where EKS chooses the image it adds what a node needs to know, and which of the two
        # counts is written nowhere.
        severity = Severity.BLOCKS if template.own_image else Severity.WARNS
        yield Finding(severity, problem.subject, problem.what, problem.remedy)


CHECK = Check(
    "cluster_in_user_data",
    "Are the name, the certificate authority, the endpoint and the service network in user data "
    "those of the cluster?",
    "https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html; "
    "https://awslabs.github.io/amazon-eks-ami/nodeadm/doc/api/",
    _judge,
)
