"""What the policies of one cluster name: its place, its roles, its launch templates. Pure."""

import re
from dataclasses import dataclass

_ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/(?P<name>.+)")


@dataclass(frozen=True, kw_only=True)
class Place:
    """One cluster.

    Attributes:
        partition: `aws`, `aws-cn`, `aws-us-gov`.
        role: the role that is to get the rights, by its name with its path (`teams/upgrader`).
        node_roles, addon_roles: ARNs of the roles of node groups and of add-ons; without them what
            is for them is left out.
        cluster_roles, keys: ARNs of the cluster's own role, and of the KMS key of its Secrets.
        launch_templates: ids of the templates of node groups.
        without_template: whether a node group has none, so that one may have to be made.
        access_entries: whether the cluster takes access entries.
    """

    partition: str
    region: str
    account: str
    cluster: str
    role: str
    node_roles: tuple[str, ...] = ()
    addon_roles: tuple[str, ...] = ()
    cluster_roles: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    launch_templates: tuple[str, ...] = ()
    without_template: bool = False
    access_entries: bool = True

    @property
    def role_arn(self) -> str:
        """ARN of the role that is to get the rights."""
        return f"arn:{self.partition}:iam::{self.account}:role/{self.role}"

    @property
    def role_name(self) -> str:
        """Its name without the path, by which IAM attaches policies."""
        return self.role.rpartition("/")[2]


def name_with_path(role: str) -> str:
    """A role's name with its path, from its ARN or such a name."""
    found = _ROLE.fullmatch(role)
    return found["name"] if found else role.strip("/")
