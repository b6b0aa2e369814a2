"""Reading what a control plane stands on, for the preflight. Changes nothing."""

from typing import Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.calls import all_pages, found_or_none
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.errors import error_code
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.aws.insights import in_full
from include.eks_upgrade.aws.readings.clients import client_of
from include.eks_upgrade.common.raw import Raw, RawDict


def read_security_groups(clients: AwsClients, facts: ClusterFacts) -> frozenset[str]:
    """Asked by filter, so that one that is gone is missing and no error."""
    network = facts.cluster.get("resourcesVpcConfig") or {}
    own = network.get("clusterSecurityGroupId")
    ids = [*(network.get("securityGroupIds") or ()), *([own] if own else [])]
    if not ids:
        return frozenset()
    by_id = [{"Name": "group-id", "Values": ids}]
    found = all_pages(clients.ec2, "describe_security_groups", "SecurityGroups", Filters=by_id)
    return frozenset(str(one["GroupId"]) for one in found)


def read_cluster_role(clients: AwsClients, facts: ClusterFacts) -> Raw | None:
    """IAM knows a role by its name, without the path that its ARN has."""
    name = str(facts.cluster.get("roleArn") or "").rpartition("/")[2]
    if not name:
        return None
    iam = client_of(clients.iam, "IAM")
    try:
        role: Raw = iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if error_code(error) != "NoSuchEntity":
            raise
        return None
    return role


def read_encryption_keys(clients: AwsClients, facts: ClusterFacts) -> dict[str, str]:
    """A key of another account or region is asked for by its ARN, too."""
    configured = facts.cluster.get("encryptionConfig") or ()
    named = (str((one.get("provider") or {}).get("keyArn") or "") for one in configured)
    return {arn: _key_state(clients, arn) for arn in dict.fromkeys(filter(None, named))}


def _key_state(clients: AwsClients, arn: str) -> str:
    kms: Any = client_of(clients.kms, "KMS")
    try:
        return str(kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"])
    except ClientError as error:
        if error_code(error) != "NotFoundException":
            raise
        return ""


def read_access_entries(clients: AwsClients, facts: ClusterFacts) -> dict[str, str]:
    """Those of the node roles; none in the mode CONFIG_MAP, in which EKS refuses the question."""
    mode = (facts.cluster.get("accessConfig") or {}).get("authenticationMode", "CONFIG_MAP")
    if mode == "CONFIG_MAP":
        return {}
    roles = {str(group.get("nodeRole") or "") for group in facts.node_groups.values()}
    cluster, found = str(facts.cluster["name"]), dict[str, str]()
    for role in sorted(roles - {""}):
        entry = _access_entry(clients, cluster, role)
        if entry is not None:
            found[role] = str(entry.get("type") or "STANDARD")
    return found


def _access_entry(clients: AwsClients, cluster: str, role: str) -> RawDict | None:
    asked = {"clusterName": cluster, "principalArn": role}
    return found_or_none(lambda: clients.eks.describe_access_entry(**asked)["accessEntry"])


def read_other_insights(clients: AwsClients, facts: ClusterFacts) -> tuple[RawDict, ...]:
    """The next minor's are among the facts already, and those that pass say nothing."""
    name, next_minor = str(facts.cluster["name"]), str(facts.present.next())
    wanted = {
        "categories": ["UPGRADE_READINESS", "MISCONFIGURATION"],
        "statuses": ["WARNING", "ERROR", "UNKNOWN"],
    }
    listed = all_pages(clients.eks, "list_insights", "insights", clusterName=name, filter=wanted)
    return tuple(
        in_full(clients.eks, name, one)
        for one in listed
        if one.get("category") != "UPGRADE_READINESS"
        or one.get("kubernetesVersion", next_minor) not in {"", next_minor}
    )
