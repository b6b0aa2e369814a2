"""What EKS puts into each cluster so that it may manage nodes of managed groups.

Source: tests/recordings/aws/kubernetes-clusterrole-eks-node-manager.json, and for the binding
https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting.html.
"""

from typing import Any, Final

from include.rehearsal.kube.objects.resources import RBAC

NAME: Final = "eks:node-manager"

NODE_MANAGER: Final[tuple[dict[str, Any], ...]] = (
    {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": NAME},
        "rules": [
            {
                "apiGroups": [""],
                "resources": ["pods"],
                "verbs": ["get", "list", "watch", "delete"],
            },
            {
                "apiGroups": [""],
                "resources": ["nodes"],
                "verbs": ["get", "list", "watch", "patch"],
            },
            {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
        ],
    },
    {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": NAME},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": NAME},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": NAME}],
    },
)
