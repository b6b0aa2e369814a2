"""A right inside a cluster, and how the API server is asked whether the caller has it. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/
"""

from dataclasses import dataclass
from typing import Any

from include.eks_upgrade.common.raw import Raw


@dataclass(frozen=True, kw_only=True, slots=True)
class Right:
    """One thing that the caller is to be allowed.

    Attributes:
        verb, group, resource: in the words of RBAC; with a subresource `pods/eviction`.
        namespace: empty: in all of them, or at the scope of the cluster.
        name: of the one object; empty for all.
        purpose: what it is for, to stand in a sentence.
        file: the one under `include/permissions/` that gives it.
    """

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""
    purpose: str = ""
    file: str = ""

    def review(self) -> dict[str, Any]:
        """A SelfSubjectAccessReview that asks for it."""
        resource, _, subresource = self.resource.partition("/")
        asked = {
            "verb": self.verb,
            "group": self.group,
            "resource": resource,
            "subresource": subresource,
            "namespace": self.namespace,
            "name": self.name,
        }
        return {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {key: each for key, each in asked.items() if each}},
        }


def verdict(review: Raw) -> bool | str:
    """Whether an answered review allows it; why not even the API server knows, as a sentence.

    A no of which the server says itself that it could not read all roles is none: one that has just
    started gives it to everybody.
    """
    status = review.get("status") or {}
    if status.get("allowed") is True:
        return True
    if status.get("evaluationError"):
        return str(status["evaluationError"])
    return False if status.get("allowed") is False else "the answer does not say"
