"""Who may do what: grants, rights taken away again, tokens refused.

Without any grant everything is allowed, as to the creator of a cluster.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from include.rehearsal.kube.auth.rbac import Grants, ResourceAttributes, grants_of
from include.rehearsal.kube.http.calls import Call
from include.rehearsal.kube.http.routes import Route
from include.rehearsal.kube.objects.errors import ApiError, describe
from include.rehearsal.kube.objects.selectors import FieldSelector

EVERY_CLUSTER = ""

MAY_ASK: Final = ResourceAttributes("create", "authorization.k8s.io", "selfsubjectaccessreviews")
"""What the role `system:basic-user` gives everybody who is known, without a binding of ours.
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles"""


@dataclass
class Access:
    """What callers may do.

    Attributes:
        user: the name refusals show.
        forbidden: (verb, resource) pairs as RBAC writes them, e.g. ("create",
            "pods/eviction"); "*" stands for every verb or resource. Taken away from everybody.
        tokens_refused: how many more requests are answered 401 whatever their token.
        roles_unread: how many more requests are forbidden because the API server, which has just
            started, has not read the roles yet.
        grants: what bindings give, by cluster; the empty name is every cluster.
        groups: the groups of a caller, by access key id. A caller who is not in it is in
            every group that is bound to something.
    """

    user: str = "rehearsal"
    forbidden: set[tuple[str, str]] = field(default_factory=set)
    tokens_refused: int = 0
    roles_unread: int = 0
    grants: dict[str, Grants] = field(default_factory=dict)
    groups: dict[str, frozenset[str]] = field(default_factory=dict)

    def grant(self, documents: Iterable[Mapping[str, Any]], cluster: str) -> None:
        """Give what the manifests bind, and from now on nothing that is not given.

        Raises:
            ValueError: a binding refers to a role that is not there.
        """
        self.grants[cluster] = self.grants.get(cluster, Grants()) + grants_of(documents)

    def rights(self, cluster: str, key_id: str) -> "Rights":
        """What the owner of this access key may do in this cluster."""
        found = [self.grants[each] for each in (cluster, EVERY_CLUSTER) if each in self.grants]
        return Rights(self, key_id, sum(found, Grants()) if found else None)

    def take_refusal(self) -> bool:
        """Use up one refused token; True when this request is to be refused."""
        if self.tokens_refused <= 0:
            return False
        self.tokens_refused -= 1
        return True

    def take_unread_roles(self) -> bool:
        """Use up one request for which no role is there; True when it is to be forbidden."""
        if self.roles_unread <= 0:
            return False
        self.roles_unread -= 1
        return True


@dataclass(frozen=True)
class Rights:
    """What one caller may do in one cluster. `grants` None: everything."""

    access: Access
    key_id: str
    grants: Grants | None

    @property
    def groups(self) -> frozenset[str]:
        """The caller's groups."""
        bound = self.grants.groups if self.grants is not None else frozenset()
        return self.access.groups.get(self.key_id, bound)

    def allows(self, attributes: ResourceAttributes) -> bool:
        """Whether the caller may, and the right was not taken away."""
        verb, target = attributes.verb, attributes.resource
        if {(verb, target), (verb, "*"), ("*", target), ("*", "*")} & self.access.forbidden:
            return False
        if attributes == MAY_ASK:
            return True
        return self.grants is None or self.grants.allows(self.access.user, self.groups, attributes)

    def check(self, route: Route, call: Call) -> None:
        """Let the request pass.

        Raises:
            ApiError: 403 in the words of the RBAC authorizer.
        """
        attributes = attributes_of(route, call)
        if self.access.take_unread_roles():
            raise forbidden(self.access.user, route, attributes, _UNREAD)
        if not self.allows(attributes):
            raise forbidden(self.access.user, route, attributes)


def attributes_of(route: Route, call: Call) -> ResourceAttributes:
    """What RBAC is asked about a request; one name in a field selector counts as its name."""
    name = route.name
    selector = call.query.get("fieldSelector")
    if not name and selector and "metadata.name" in selector:
        name = FieldSelector.parse(selector, route.resource.plural).wanted("metadata.name") or ""
    return ResourceAttributes(
        route.verb, route.resource.group, route.target, route.namespace or "", name
    )


_UNREAD = ": RBAC: " + ", ".join(
    f'clusterrole.rbac.authorization.k8s.io "{name}" not found'
    for name in ("eks-upgrade", "system:basic-user", "system:discovery")
).join("[]")
"""What the RBAC authorizer adds about each binding whose role it does not find.
https://github.com/kubernetes/kubernetes/blob/master/plugin/pkg/auth/authorizer/rbac/rbac.go"""


def forbidden(
    user: str, route: Route, attributes: ResourceAttributes, errors: str = ""
) -> ApiError:
    """403, as the recording `forbidden` words it; `errors` of the authorizer stand at its end."""
    resource = route.resource
    where = f'in the namespace "{route.namespace}"' if route.namespace else "at the cluster scope"
    subject = resource.qualified + (f' "{route.name}"' if route.name else "")
    message = (
        f'{subject} is forbidden: User "{user}" cannot {attributes.verb} resource '
        f'"{attributes.resource}" in API group "{attributes.group}" {where}{errors}'
    )
    return ApiError(403, "Forbidden", message, describe(resource.plural, route.name))


def unauthorized() -> ApiError:
    """401, as for an unknown or expired token."""
    return ApiError(401, "Unauthorized", "Unauthorized")
