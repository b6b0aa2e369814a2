"""Admission webhooks, and what stands behind them. Pure.

https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.kube.label_selector import selects
from include.eks_upgrade.kube.readings.api.services import Backend, ServiceName

TIMEOUT_SECONDS = 10
"""What the API server sets for a webhook that says nothing."""


@dataclass(frozen=True, slots=True)
class HookRule:
    """Which requests a webhook is asked about; all parts must hold."""

    operations: frozenset[str]
    groups: frozenset[str]
    versions: frozenset[str]
    resources: frozenset[str]
    scope: str = "*"

    @classmethod
    def from_raw(cls, raw: Raw) -> "HookRule":
        """Read a rule."""
        return cls(
            frozenset(raw.get("operations") or ()),
            frozenset(raw.get("apiGroups") or ()),
            frozenset(raw.get("apiVersions") or ()),
            frozenset(raw.get("resources") or ()),
            raw.get("scope") or "*",
        )

    def meets(self, operation: str, group: str, resource: str, *, namespaced: bool) -> bool:
        """Whether it is about a request for v1 of a resource (`pods/eviction`: a part of one)."""
        return (
            bool(self.operations & {"*", operation})
            and bool(self.groups & {"*", group})
            and bool(self.versions & {"*", "v1"})
            and self.scope in {"*", "Namespaced" if namespaced else "Cluster"}
            and bool(self.resources & _written(resource))
        )


def _written(resource: str) -> set[str]:
    """All ways in which a rule may name a resource; `*` means none of their parts."""
    whole, _, part = resource.partition("/")
    return {resource, "*/*", f"{whole}/*", f"*/{part}"} if part else {resource, "*", "*/*"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One webhook of a configuration.

    Attributes:
        kind: `ValidatingWebhookConfiguration` or `MutatingWebhookConfiguration`.
        configuration: name of the object that it stands in.
        name: its own.
        fails_closed: a request is refused where the webhook does not answer.
        timeout_seconds: how long it is waited for.
        rules: of which one must hold.
        namespaces, objects: label selectors; empty ones select everything.
        conditional: CEL expressions (`matchConditions`) say more, which nobody evaluates here.
        service: what is called; None where that is an address (`url`).
    """

    kind: str
    configuration: str
    name: str
    fails_closed: bool = True
    timeout_seconds: int = TIMEOUT_SECONDS
    rules: tuple[HookRule, ...] = ()
    namespaces: Raw = field(default_factory=dict)
    objects: Raw = field(default_factory=dict)
    conditional: bool = False
    service: ServiceName | None = None

    def __str__(self) -> str:
        return f"{self.configuration}/{self.name}"

    def asks(self, operation: str, group: str, resource: str, *, namespaced: bool) -> bool:
        """Whether a rule is about such a request."""
        return any(
            one.meets(operation, group, resource, namespaced=namespaced) for one in self.rules
        )

    def selects_in(self, namespace_labels: Mapping[str, str], labels: Mapping[str, str]) -> bool:
        """Whether an object in a namespace with these labels is one of those it is asked about."""
        return selects(self.namespaces, namespace_labels) and self.selects(labels)

    def selects(self, labels: Mapping[str, str]) -> bool:
        """The same of an object in no namespace, for which `namespaces` says nothing."""
        return selects(self.objects, labels)

    @classmethod
    def all_from_raw(cls, kind: str, raw: Raw) -> "Iterator[Webhook]":
        """Read a configuration, which may have many."""
        for each in raw.get("webhooks") or ():
            yield cls(
                kind=kind,
                configuration=raw["metadata"]["name"],
                name=each.get("name", ""),
                fails_closed=each.get("failurePolicy", "Fail") == "Fail",
                timeout_seconds=int(each.get("timeoutSeconds") or TIMEOUT_SECONDS),
                rules=tuple(map(HookRule.from_raw, each.get("rules") or ())),
                namespaces=each.get("namespaceSelector") or {},
                objects=each.get("objectSelector") or {},
                conditional=bool(each.get("matchConditions")),
                service=ServiceName.from_client_config(each.get("clientConfig")),
            )


@dataclass(frozen=True)
class Webhooks:
    """All admission webhooks of a cluster.

    Attributes:
        all: each of them.
        backends: of every Service that one of them calls.
        namespaces: the labels of each namespace.
    """

    all: tuple[Webhook, ...] = ()
    backends: Mapping[ServiceName, Backend] = field(default_factory=dict)
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def labels_of(self, namespace: str) -> Mapping[str, str]:
        """The labels of a namespace; every one carries its own name."""
        return self.namespaces.get(namespace, {"kubernetes.io/metadata.name": namespace})


WEBHOOKS: Reading[Webhooks] = Reading(
    "webhooks",
    "the admission webhooks",
    (
        "list validatingwebhookconfigurations",
        "list mutatingwebhookconfigurations",
        "list endpointslices",
        "list namespaces",
    ),
)


def services_of(hooks: Collection[Webhook]) -> tuple[ServiceName, ...]:
    """The Services that webhooks call, each once."""
    return tuple(sorted({one.service for one in hooks if one.service is not None}))
