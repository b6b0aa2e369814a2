"""What each error code of a failed EKS update means, and what to do about it.

The codes are those of botocore's model of EKS (`ErrorCode`); the first seven are explained in
https://docs.aws.amazon.com/eks/latest/APIReference/API_ErrorDetail.html, others where the row
says. AWS's own words always stand beside ours; a code that is not here is shown as it came.
"""

from dataclasses import dataclass

TROUBLE = "https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html"
DETAIL = "https://docs.aws.amazon.com/eks/latest/APIReference/API_ErrorDetail.html"
ISSUE = "https://docs.aws.amazon.com/eks/latest/APIReference/API_Issue.html"
NODES = "https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html"
ADDONS = "https://docs.aws.amazon.com/eks/latest/userguide/updating-an-add-on.html"


@dataclass(frozen=True)
class Meaning:
    """One code in plain words: what is the matter, what lifts it, where it is explained."""

    what: str
    remedy: str
    source: str


MEANINGS: dict[str, Meaning] = {
    "SubnetNotFound": Meaning(
        "a subnet of the cluster is gone",
        "give the cluster other subnets of the same zones (UpdateClusterConfig)",
        DETAIL,
    ),
    "SecurityGroupNotFound": Meaning(
        "a security group of the cluster is gone",
        "give the cluster another one (UpdateClusterConfig)",
        DETAIL,
    ),
    "EniLimitReached": Meaning(
        "the account has as many network interfaces as it may have",
        "delete unused ones, or ask AWS for a higher quota",
        DETAIL,
    ),
    "IpNotAvailable": Meaning(
        "a subnet of the cluster has no free address left",
        "free addresses, or give the cluster larger subnets; an upgrade needs up to five",
        DETAIL,
    ),
    "AccessDenied": Meaning(
        "EKS, or the role it acts with, was not allowed something",
        "look at the role that AWS names, its policies and its trust",
        DETAIL,
    ),
    "OperationNotPermitted": Meaning(
        "the cluster's service role lacks a permission",
        "attach AmazonEKSClusterPolicy to it again",
        DETAIL,
    ),
    "VpcIdNotFound": Meaning(
        "the cluster's VPC is gone",
        "this cluster cannot be updated any more; make a new one",
        DETAIL,
    ),
    "Unknown": Meaning(
        "AWS has no code for this cause",
        "what its message says counts, if it says anything; otherwise try once more, and if it "
        "fails again, open a case with AWS and name the update's id",
        DETAIL,
    ),
    "NodeCreationFailure": Meaning(
        "new instances started but did not join the cluster",
        "look at an instance's console output, at the nodes' role and access entry, at the way "
        "from their subnets to the API, and at the user data",
        TROUBLE,
    ),
    "PodEvictionFailure": Meaning(
        "a node could not be drained in time",
        "look for budgets that allow nothing and for pods that tolerate every taint",
        NODES,
    ),
    "InsufficientFreeAddresses": Meaning(
        "a subnet of the nodes has too few free addresses",
        "free addresses, or use other subnets",
        ISSUE,
    ),
    "ClusterUnreachable": Meaning(
        "EKS or the nodes could not reach the cluster's API",
        "look at security groups, network ACLs and admission webhooks that do not answer",
        ISSUE,
    ),
    "InsufficientNumberOfReplicas": Meaning(
        "the add-on's pods did not all become ready",
        "look at its pods in kube-system: room on nodes, images, node selectors",
        ADDONS,
    ),
    "ConfigurationConflict": Meaning(
        "a field of the add-on was changed by somebody else than EKS",
        "start a new run with addon_conflicts=OVERWRITE or PRESERVE, or take the change back",
        ADDONS,
    ),
    "AdmissionRequestDenied": Meaning(
        "an admission webhook or policy of the cluster refused what the add-on needs",
        "exempt kube-system from that policy, or change it",
        ADDONS,
    ),
    "UnsupportedAddonModification": Meaning(
        "the add-on cannot be changed in this way",
        "compare its configuration with what this version takes (DescribeAddonConfiguration)",
        ADDONS,
    ),
    "K8sResourceNotFound": Meaning(
        "an object of the add-on is gone from the cluster",
        "start a new run with addon_conflicts=OVERWRITE: EKS makes it again",
        ADDONS,
    ),
}
"""Every code of the model."""


def meaning_message(code: str) -> str:
    """Our words about a code, to stand behind AWS's; empty for a code that is not known here."""
    meaning = MEANINGS.get(code)
    return f"{meaning.what}; {meaning.remedy}" if meaning else ""
