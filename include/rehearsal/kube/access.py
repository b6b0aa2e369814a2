"""Faults of access: rights taken away, tokens refused."""

from dataclasses import dataclass, field

from include.rehearsal.kube.resources import ApiError, describe
from include.rehearsal.kube.routes import Route


@dataclass
class Access:
    """What the caller may not do.

    Attributes:
        user: the name refusals show.
        forbidden: (verb, resource) pairs as RBAC writes them, e.g. ("create",
            "pods/eviction"); "*" stands for every verb or resource.
        tokens_refused: how many more requests are answered 401 whatever their token.
    """

    user: str = "rehearsal"
    forbidden: set[tuple[str, str]] = field(default_factory=set)
    tokens_refused: int = 0

    def allows(self, verb: str, target: str) -> bool:
        """Whether no rule forbids this."""
        return not {(verb, target), (verb, "*"), ("*", target), ("*", "*")} & self.forbidden

    def check(self, route: Route) -> None:
        """Let the request pass.

        Raises:
            ApiError: 403 in the words of the RBAC authorizer.
        """
        if self.allows(route.verb, route.target):
            return
        resource, name = route.resource, route.name
        where = (
            f'in the namespace "{route.namespace}"' if route.namespace else "at the cluster scope"
        )
        subject = resource.qualified + (f' "{name}"' if name else "")
        message = (
            f'{subject} is forbidden: User "{self.user}" cannot {route.verb} resource '
            f'"{route.target}" in API group "{resource.group}" {where}'
        )
        raise ApiError(403, "Forbidden", message, describe(resource.plural, name))

    def take_refusal(self) -> bool:
        """Use up one refused token; True when this request is to be refused."""
        if self.tokens_refused <= 0:
            return False
        self.tokens_refused -= 1
        return True


def unauthorized() -> ApiError:
    """401, as for an unknown or expired token."""
    return ApiError(401, "Unauthorized", "Unauthorized")
