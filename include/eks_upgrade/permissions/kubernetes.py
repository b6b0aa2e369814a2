"""The Kubernetes roles, as YAML for kubectl and as Terraform. Pure."""

from collections.abc import Mapping
from typing import Any

import yaml

from include.eks_upgrade.permissions.terraform import as_hcl

SMOKE_TEST = "kubernetes-smoke-test"
POWERS = {
    "kubernetes-restart-rollouts": "restart_rollouts",
    "kubernetes-delete-pods": "may_delete_blocked_pods",
    SMOKE_TEST: "run_smoke_test",
}
"""Manifests that only some upgrades need, each with the variable that applies it."""
_DEFAULT_NAMESPACE = "namespace: default\n"


def in_namespace(name: str, text: str, namespace: str) -> str:
    """A shipped manifest; that of the smoke test for the namespace in which its pods run."""
    if name != SMOKE_TEST:
        return text
    return text.replace(_DEFAULT_NAMESPACE, f"namespace: {namespace}\n")


def kubernetes_terraform(manifests: Mapping[str, str]) -> str:
    """The manifests as resources of Terraform's Kubernetes provider.

    Args:
        manifests: their YAML, by name.
    """
    blocks = [
        f'variable "{power}" {{\n  type    = bool\n  default = false\n}}\n'
        for name, power in POWERS.items()
        if name in manifests
    ]
    for name, text in manifests.items():
        for document in yaml.safe_load_all(text):
            blocks.append(_manifest(document, POWERS.get(name)))
    return "\n".join(blocks)


def _manifest(document: Mapping[str, Any], power: str | None) -> str:
    name = str(document["metadata"]["name"]).replace("-", "_")
    label = f"{str(document['kind']).lower()}_{name}"
    count = f"  count    = var.{power} ? 1 : 0\n" if power else ""
    manifest = as_hcl(document)
    return f'resource "kubernetes_manifest" "{label}" {{\n{count}  manifest = {manifest}\n}}\n'
