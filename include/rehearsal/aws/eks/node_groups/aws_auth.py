"""How nodes of a role are let into the cluster: an access entry, or the ConfigMap aws-auth.

EKS makes what a managed node group needs when it is made, and takes a role out of aws-auth with
the last managed group that has it; self-managed nodes of that role go NotReady then:
https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html and
https://docs.aws.amazon.com/eks/latest/userguide/delete-managed-node-group.html
"""

from typing import Any

import yaml

from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks import access
from include.rehearsal.aws.eks.node_groups.nodes import set_ready
from include.rehearsal.aws.eks.state import ClusterState, EksRegion

NODE_USER = "system:node:{{EC2PrivateDNSName}}"
_GROUPS = ["system:bootstrappers", "system:nodes"]


def let_in(region: EksRegion, state: ClusterState, role: str, ami_type: str) -> None:
    """A managed node group with this role is being made."""
    if state.raw["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        _map(state, role)
    elif role not in state.access_entries:
        request = {
            "clusterName": state.name,
            "principalArn": role,
            "username": NODE_USER,
            "kubernetesGroups": ["system:nodes"],
            "type": "EC2_WINDOWS" if ami_type.startswith("WINDOWS") else "EC2_LINUX",
        }
        access.create(region, request)


def _map(state: ClusterState, role: str) -> None:
    """Put the role into aws-auth, unless it is there; the authenticator takes no path."""
    kube = world().kube(state.key)
    if kube is None:
        return
    found = kube.store.find("configmaps", "kube-system", "aws-auth") or {}
    rows = _rows(found)
    arn = f"{role.partition(':role/')[0]}:role/{role.rpartition('/')[2]}"
    if any(row.get("rolearn") == arn for row in rows):
        return
    rows.append({"rolearn": arn, "username": NODE_USER, "groups": _GROUPS})
    kube.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "aws-auth", "namespace": "kube-system"},
            "data": {**(found.get("data") or {}), "mapRoles": yaml.safe_dump(rows)},
        }
    )


def _rows(config_map: dict[str, Any]) -> list[dict[str, Any]]:
    rows = yaml.safe_load((config_map.get("data") or {}).get("mapRoles") or "") or []
    return [row for row in rows if isinstance(row, dict)]


def forget_role(state: ClusterState, role: str) -> None:
    """A node group with this role is gone; access entries, in the mode API, stay."""
    mode = state.raw["accessConfig"]["authenticationMode"]
    if mode == "API" or any(group.raw["nodeRole"] == role for group in state.groups.values()):
        return
    for ref, its_role in world().self_managed.items():
        if ref.cluster == state.key and its_role == role:
            set_ready(world().kube(ref.cluster), ref.node, ready=False)
