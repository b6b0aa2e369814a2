"""The ConfigMap aws-auth: nodes whose role is not in it are strangers to the cluster.

EKS takes a role out of it with the last managed node group that has the role, and self-managed
nodes of that role go NotReady:
https://docs.aws.amazon.com/eks/latest/userguide/delete-managed-node-group.html
"""

from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.node_groups.nodes import set_ready
from include.rehearsal.aws.eks.state import ClusterState


def forget_role(state: ClusterState, role: str) -> None:
    """A node group with this role is gone; access entries, in the mode API, stay."""
    mode = state.raw["accessConfig"]["authenticationMode"]
    if mode == "API" or any(group.raw["nodeRole"] == role for group in state.groups.values()):
        return
    for ref, its_role in world().self_managed.items():
        if ref.cluster == state.key and its_role == role:
            set_ready(world().kube(ref.cluster), ref.node, ready=False)
