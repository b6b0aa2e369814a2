"""The files under `include/permissions/`, and which of them each part of the work needs."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from include.rehearsal.aws.rights.policy import listed

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "include" / "permissions"
POLICIES = {path.stem.removeprefix("iam-"): path for path in sorted(FOLDER.glob("iam-*.json"))}
MANIFESTS = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}

ORDINARY, RESTART, DELETE, SMOKE_TEST = (
    "kubernetes",
    "kubernetes-restart-rollouts",
    "kubernetes-delete-pods",
    "kubernetes-smoke-test",
)
PLACEHOLDERS = (
    "REGION",
    "ACCOUNT_ID",
    "CLUSTER_NAME",
    "NODE_ROLE_NAME",
    "ADDON_ROLE_NAME",
    "LAUNCH_TEMPLATE_ID",
    "UPGRADE_ROLE_NAME",
    "CLUSTER_ROLE_NAME",
    "KMS_KEY_ARN",
)

NEEDS: dict[str, tuple[str, ...]] = {
    "look": ("read", "preflight"),
    "add-ons": ("read", "addons"),
    "control plane": ("read", "control-plane"),
    "node group": ("read", "node-groups"),
    "node group with a new template": ("read", "node-groups", "new-launch-template"),
    "drain": ("read",),
    "unprotect": ("read", "unprotect"),
    # may_delete_asg asks for may_unprotect, and may have to lift the group's deletion protection.
    "delete the Auto Scaling group": ("read", "unprotect", "delete-asg"),
    "release": ("read", "release"),
    "cancel a rollback": ("read", "rollback"),
}
"""The policies with which a part of the work must come through, by the part's name."""


def policy(name: str) -> list[dict[str, Any]]:
    """The statements of a policy, with its placeholders."""
    found: list[dict[str, Any]] = json.loads(POLICIES[name].read_text())["Statement"]
    return found


def statements_of(text: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The statements of a policy, with the names of a place for its placeholders."""
    for placeholder, value in names.items():
        text = text.replace(placeholder, value)
    policy = json.loads(text)
    assert policy["Version"] == "2012-10-17"
    found: list[dict[str, Any]] = listed(policy["Statement"])
    return found


def granted(policies: Iterable[str], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The statements of some policies, for a place."""
    return [
        statement
        for name in policies
        for statement in statements_of(POLICIES[name].read_text(), names)
    ]


def manifests(*names: str) -> list[dict[str, Any]]:
    """The documents of manifest files, one after another."""
    return [each for name in names for each in yaml.safe_load_all(MANIFESTS[name].read_text())]
