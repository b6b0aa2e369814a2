"""Admission webhooks: who is asked, and what a request is refused with when nobody answers.

No webhook is really called. One whose Service has a ready endpoint agrees; one that has none is
ignored or refuses, as its `failurePolicy` says. Source: the webhook dispatchers of the API server
(`apiserver/pkg/admission/plugin/webhook`) and its service resolver, whose words these are.
"""

from collections.abc import Iterator

from include.rehearsal.kube.objects.errors import ApiError, bad_request
from include.rehearsal.kube.objects.resources import RESOURCES
from include.rehearsal.kube.objects.selectors import LabelSelector
from include.rehearsal.kube.objects.store import Store
from include.rehearsal.raw import Raw

CONFIGURATIONS = ("mutatingwebhookconfigurations", "validatingwebhookconfigurations")
NO_EFFECTS = ("None", "NoneOnDryRun")
DEFAULT_ACCOUNT = "default"
SERVICE_LABEL = "kubernetes.io/service-name"


class Admission:
    """Asks the webhooks of a cluster."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def check(
        self, operation: str, plural: str, obj: Raw, part: str = "", *, dry_run: bool = False
    ) -> None:
        """Ask about a request.

        Args:
            operation: `CREATE`, `UPDATE` or `DELETE`.
            plural: the kind.
            obj: the object that it is about.
            part: the subresource: `eviction`.
            dry_run: nothing is to be stored, and nothing may have side effects.

        Raises:
            ApiError: 403: the pod's service account is not there; 500: a webhook that fails closed
                does not answer; 400: one of them has side effects.
        """
        if (operation, plural, part) == ("CREATE", "pods", ""):
            self._see_service_account(obj)
        for hook in self._asked(operation, plural, obj, part):
            if dry_run and hook.get("sideEffects") not in NO_EFFECTS:
                raise bad_request(f'admission webhook "{hook["name"]}" does not support dry run')
            service = (hook.get("clientConfig") or {}).get("service")
            if service and hook.get("failurePolicy", "Fail") == "Fail":
                self._call(hook, service)

    def _see_service_account(self, pod: Raw) -> None:
        """The plugin ServiceAccount; controllers make a `default` in every namespace."""
        wanted = (pod.get("spec") or {}).get("serviceAccountName") or DEFAULT_ACCOUNT
        namespace, name = pod["metadata"].get("namespace", "default"), pod["metadata"].get("name")
        if wanted == DEFAULT_ACCOUNT or self._store.find("serviceaccounts", namespace, wanted):
            return
        why = f'error looking up service account {namespace}/{wanted}: serviceaccount "{wanted}"'
        details = {"name": name, "kind": "pods"}
        raise ApiError(403, "Forbidden", f'pods "{name}" is forbidden: {why} not found', details)

    def _asked(self, operation: str, plural: str, obj: Raw, part: str) -> Iterator[Raw]:
        for configurations in CONFIGURATIONS:
            for configuration in self._store.list(configurations):
                for hook in configuration.get("webhooks") or ():
                    rules = hook.get("rules") or ()
                    if any(_meets(rule, operation, plural, part) for rule in rules) and (
                        self._selects(hook, plural, obj)
                    ):
                        yield hook

    def _selects(self, hook: Raw, plural: str, obj: Raw) -> bool:
        labels = obj["metadata"].get("labels") or {}
        if not LabelSelector.from_object(hook.get("objectSelector") or {}).matches(labels):
            return False
        if not RESOURCES[plural].namespaced:
            return True
        space = self._store.find("namespaces", None, obj["metadata"].get("namespace", ""))
        of_space = (space["metadata"].get("labels") or {}) if space else {}
        return LabelSelector.from_object(hook.get("namespaceSelector") or {}).matches(of_space)

    def _call(self, hook: Raw, service: Raw) -> None:
        name, namespace = service["name"], service["namespace"]
        if self._store.find("services", namespace, name) is None:
            raise _failed(hook, service, f'service "{name}" not found')
        slices = self._store.list("endpointslices", namespace)
        ready = any(
            (each.get("conditions") or {}).get("ready", True)
            for one in slices
            if (one["metadata"].get("labels") or {}).get(SERVICE_LABEL) == name
            for each in one.get("endpoints") or ()
        )
        if not ready:
            raise _failed(hook, service, f'no endpoints available for service "{name}"')


def _meets(rule: Raw, operation: str, plural: str, part: str) -> bool:
    resource = RESOURCES[plural]
    written = {f"{plural}/{part}", "*/*", f"{plural}/*", f"*/{part}"} if part else {plural, "*"}
    return (
        bool({"*", operation} & set(rule.get("operations") or ()))
        and bool({"*", resource.group} & set(rule.get("apiGroups") or ()))
        and bool({"*", resource.version} & set(rule.get("apiVersions") or ()))
        and bool((written | {"*/*"}) & set(rule.get("resources") or ()))
    )


def _failed(hook: Raw, service: Raw, why: str) -> ApiError:
    host = f"{service['name']}.{service['namespace']}.svc:{service.get('port', 443)}"
    url = f"https://{host}{service.get('path', '/')}?timeout={hook.get('timeoutSeconds', 10)}s"
    text = f'failed calling webhook "{hook["name"]}": failed to call webhook: Post "{url}": {why}'
    details = {"causes": [{"message": text}]}
    return ApiError(500, "InternalError", f"Internal error occurred: {text}", details)
