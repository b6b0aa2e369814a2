"""All files for one cluster, by name and text."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from include.eks_upgrade.common.errors import refusal
from include.eks_upgrade.permissions.cloudformation import cloudformation
from include.eks_upgrade.permissions.kubernetes import in_namespace, kubernetes_terraform
from include.eks_upgrade.permissions.place import Place
from include.eks_upgrade.permissions.policies import policies_for
from include.eks_upgrade.permissions.terraform import terraform

JSON, CLOUDFORMATION, TERRAFORM = FORMATS = ("json", "cloudformation", "terraform")


@dataclass(frozen=True)
class Shipped:
    """Texts of the shipped files by name: policies without `iam-`, and manifests."""

    policies: Mapping[str, str]
    manifests: Mapping[str, str]


def shipped_files(folder: Path) -> Shipped:
    """Read the shipped policies and roles.

    Raises:
        Refused: they are not there, as in a production copy of the library alone.
    """
    policies = {
        path.stem.removeprefix("iam-"): path.read_text(encoding="utf-8")
        for path in sorted(folder.glob("iam-*.json"))
    }
    manifests = {
        path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))
    }
    if not policies or not manifests:
        what = "the policies and roles that are to be filled in are not there"
        remedy = "run this from a checkout of the whole project"
        raise refusal("No policies are written", str(folder), what, remedy)
    return Shipped(policies, manifests)


def files_for(
    place: Place, shipped: Shipped, formats: Collection[str], namespace: str
) -> dict[str, str]:
    """The files by path: one folder for each format, the Kubernetes roles beside what has none."""
    policies = policies_for(place, shipped.policies)
    manifests = {
        name: in_namespace(name, text, namespace) for name, text in shipped.manifests.items()
    }

    def found() -> Iterator[tuple[str, str]]:
        if JSON in formats:
            for name, policy in policies.items():
                yield f"{JSON}/iam-{name}.json", _json(policy)
        if CLOUDFORMATION in formats:
            yield f"{CLOUDFORMATION}/eks-upgrade.json", _json(cloudformation(place, policies))
        if TERRAFORM in formats:
            yield f"{TERRAFORM}/aws.tf", terraform(place, policies)
            yield f"{TERRAFORM}/kubernetes.tf", kubernetes_terraform(manifests)
        if {JSON, CLOUDFORMATION} & set(formats):
            for name, text in manifests.items():
                yield f"kubernetes/{name}.yaml", text

    return dict(found())


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, indent=2) + "\n"
