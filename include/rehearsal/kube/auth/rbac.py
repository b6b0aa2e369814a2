"""Role-based access control: what bindings give to groups and users, from parsed manifests.

Source: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ and, for wildcards,
kubernetes/kubernetes `pkg/apis/rbac/v1/evaluation_helpers.go`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

EVERY: Final = "*"


@dataclass(frozen=True)
class ResourceAttributes:
    """What a caller wants to do.

    Attributes:
        verb: get, list, watch, create, update, patch, delete or deletecollection.
        group: the API group, empty for core.
        resource: plural, with its subresource: `pods`, `pods/eviction`.
        namespace: empty at the cluster scope.
        name: empty for a collection.
    """

    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""


@dataclass(frozen=True)
class Rule:
    """One entry of a role's `rules`."""

    groups: frozenset[str]
    resources: frozenset[str]
    verbs: frozenset[str]
    names: frozenset[str]

    def allows(self, attributes: ResourceAttributes) -> bool:
        """Whether the rule covers what is asked for."""
        subresource = attributes.resource.partition("/")[2]
        wanted = {EVERY, attributes.resource} | ({f"*/{subresource}"} if subresource else set())
        return (
            bool({EVERY, attributes.verb} & self.verbs)
            and bool({EVERY, attributes.group} & self.groups)
            and bool(wanted & self.resources)
            and (not self.names or attributes.name in self.names)
        )


@dataclass(frozen=True)
class Binding:
    """Rules given to groups and users, in one namespace or (empty) everywhere."""

    groups: frozenset[str]
    users: frozenset[str]
    namespace: str
    rules: tuple[Rule, ...]

    def allows(self, user: str, groups: Collection[str], attributes: ResourceAttributes) -> bool:
        """Whether this binding lets the caller do it."""
        return (
            self.namespace in ("", attributes.namespace)
            and (user in self.users or not self.groups.isdisjoint(groups))
            and any(rule.allows(attributes) for rule in self.rules)
        )


@dataclass(frozen=True)
class Grants:
    """All bindings of a cluster. What none of them gives is refused."""

    bindings: tuple[Binding, ...] = ()

    @property
    def groups(self) -> frozenset[str]:
        """Every group that is bound to something."""
        return frozenset(group for binding in self.bindings for group in binding.groups)

    def allows(self, user: str, groups: Collection[str], attributes: ResourceAttributes) -> bool:
        """Whether any binding lets the caller do it."""
        return any(binding.allows(user, groups, attributes) for binding in self.bindings)

    def __add__(self, other: "Grants") -> "Grants":
        return Grants(self.bindings + other.bindings)


def grants_of(documents: Iterable[Mapping[str, Any]]) -> Grants:
    """The bindings among the documents; roles must be among them too.

    Args:
        documents: parsed manifests: ClusterRole, ClusterRoleBinding, Role, RoleBinding; others
            are passed over.

    Raises:
        ValueError: a binding refers to a role that is not there.
    """
    known = [each for each in documents if each]
    roles = {
        (each["kind"], _namespace(each), each["metadata"]["name"]): tuple(
            _rule(rule) for rule in each.get("rules") or ()
        )
        for each in known
        if each["kind"] in ("ClusterRole", "Role")
    }
    bindings = [each for each in known if each["kind"] in ("ClusterRoleBinding", "RoleBinding")]
    return Grants(tuple(_binding(each, roles) for each in bindings))


def _binding(
    document: Mapping[str, Any], roles: Mapping[tuple[str, str, str], tuple[Rule, ...]]
) -> Binding:
    reference, namespace = document["roleRef"], _namespace(document)
    role_namespace = namespace if reference["kind"] == "Role" else ""
    rules = roles.get((reference["kind"], role_namespace, reference["name"]))
    if rules is None:
        name = document["metadata"]["name"]
        raise ValueError(f"{name} refers to {reference['kind']} {reference['name']}: not there")
    subjects = document.get("subjects") or ()
    return Binding(
        frozenset(each["name"] for each in subjects if each["kind"] == "Group"),
        frozenset(each["name"] for each in subjects if each["kind"] == "User"),
        namespace,
        rules,
    )


def _namespace(document: Mapping[str, Any]) -> str:
    if document["kind"].startswith("Cluster"):
        return ""
    return str(document["metadata"].get("namespace") or "default")


def _rule(raw: Mapping[str, Any]) -> Rule:
    return Rule(
        frozenset(raw.get("apiGroups") or ()),
        frozenset(raw.get("resources") or ()),
        frozenset(raw.get("verbs") or ()),
        frozenset(raw.get("resourceNames") or ()),
    )
