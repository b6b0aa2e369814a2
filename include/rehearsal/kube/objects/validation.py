"""Bodies that do not hold: 422 with causes, in the words of the API server's validation.

Only what an upgrade can meet is checked; a real server checks far more.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from include.rehearsal.kube.objects.encoding import encode
from include.rehearsal.kube.objects.errors import bad_request, invalid, precondition_failed
from include.rehearsal.kube.objects.resources import Resource
from include.rehearsal.kube.objects.selectors import selects
from include.rehearsal.raw import Raw

Problem = tuple[str, str, str]
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_NAME_RULE: Final = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
ANNOTATION_BYTES: Final = 256 * 1024
"""Of all annotations of an object, keys and values (`TotalAnnotationSizeLimitB`)."""

_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_POD_RULE: Final = (
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
    "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be "
    "set to 1 if it was previously negative)"
)
_MUTABLE_IN_PODS: Final = (
    "activeDeadlineSeconds",
    "containers",
    "initContainers",
    "terminationGracePeriodSeconds",
    "tolerations",
)


def validate(resource: Resource, obj: Raw, old: Raw | None = None) -> None:
    """Refuse a body that does not hold.

    Args:
        resource: the kind.
        obj: the new object.
        old: what is stored, when this is an update.

    Raises:
        ApiError: 400 when a field is of the wrong type, 422 with the causes otherwise.
    """
    _check_types(resource, obj)
    problems = [
        *_name_problems(obj, old),
        *_annotation_problems(obj),
        *_problems(resource.plural, obj, old),
    ]
    if problems:
        raise invalid(resource.plural, obj["metadata"].get("name", ""), problems)


def check_preconditions(plural: str, obj: Raw, preconditions: Raw) -> None:
    """Refuse a write meant for another object of the same name, or for an older state.

    Raises:
        ApiError: 409.
    """
    meta = obj["metadata"]
    for field, label, ending in (
        ("uid", "UID", "The object might have been deleted and then recreated"),
        ("resourceVersion", "ResourceVersion", "The object might have been modified"),
    ):
        expected = preconditions.get(field)
        if expected is not None and expected != meta[field]:
            why = (
                f"the {label} in the precondition ({expected}) does not match the {label} "
                f"in record ({meta[field]}). {ending}"
            )
            raise precondition_failed(plural, meta["name"], why)


def _check_types(resource: Resource, obj: Raw) -> None:
    """What fails while the body is decoded is a 400."""
    expected = (("metadata", dict), ("spec", dict), ("status", dict))
    for field, kind in expected:
        if not isinstance(obj.get(field) or {}, kind):
            raise _undecodable(resource, f"{resource.kind}.{field}", obj[field], field)
    spec = obj.get("spec") or {}
    for field, types, go in (("unschedulable", bool, "bool"), ("replicas", int, "int32")):
        if spec.get(field) is not None and type(spec[field]) is not types:
            raise _undecodable(resource, f"{resource.kind}Spec.spec.{field}", spec[field], go)


def _undecodable(resource: Resource, where: str, value: Any, go: str) -> Exception:
    names = {str: "string", bool: "bool", list: "array", dict: "object"}
    found = names.get(type(value), "number")
    return bad_request(
        f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
        f"json: cannot unmarshal {found} into Go struct field {where} of type {go}"
    )


def _name_problems(obj: Raw, old: Raw | None) -> Iterator[Problem]:
    name = obj["metadata"].get("name")
    if old is None and name and (len(name) > 253 or not _NAME.fullmatch(name)):
        yield "FieldValueInvalid", "metadata.name", f'Invalid value: "{name}": {_NAME_RULE}'


def _annotation_problems(obj: Raw) -> Iterator[Problem]:
    """As `ValidateAnnotationsSize` of apimachinery."""
    annotations = obj["metadata"].get("annotations") or {}
    if sum(len(key) + len(value) for key, value in annotations.items()) > ANNOTATION_BYTES:
        message = f"Too long: may not be more than {ANNOTATION_BYTES} bytes"
        yield "FieldValueTooLong", "metadata.annotations", message


def _problems(plural: str, obj: Raw, old: Raw | None) -> Iterator[Problem]:
    spec = obj.get("spec") or {}
    if plural == "pods":
        yield from _pod_problems(spec, old)
    elif plural in ("deployments", "replicasets", "statefulsets", "daemonsets"):
        yield from _workload_problems(spec, old)
    elif plural == "poddisruptionbudgets" and "minAvailable" in spec and "maxUnavailable" in spec:
        why = "minAvailable and maxUnavailable cannot be both set"
        yield "FieldValueInvalid", "spec", f"Invalid value: {_shown(spec)}: {why}"
    elif plural == "leases" and (spec.get("leaseDurationSeconds") or 1) <= 0:
        path, value = "spec.leaseDurationSeconds", spec["leaseDurationSeconds"]
        yield "FieldValueInvalid", path, f"Invalid value: {value}: must be greater than 0"
    elif plural == "nodes":
        yield from _taint_problems(spec)


def _pod_problems(spec: Raw, old: Raw | None) -> Iterator[Problem]:
    if not spec.get("containers"):
        yield "FieldValueRequired", "spec.containers", "Required value"
    for number, container in enumerate(spec.get("containers") or ()):
        for field in ("name", "image"):
            if not container.get(field):
                path = f"spec.containers[{number}].{field}"
                yield "FieldValueRequired", path, "Required value"
    if old is not None and _fixed(spec) != _fixed(old.get("spec") or {}):
        yield "FieldValueForbidden", "spec", _POD_RULE


def _fixed(spec: Raw) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if key not in _MUTABLE_IN_PODS}


def _workload_problems(spec: Raw, old: Raw | None) -> Iterator[Problem]:
    selector, template = spec.get("selector"), spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    if (replicas := spec.get("replicas")) is not None and replicas < 0:
        why = "must be greater than or equal to 0"
        yield "FieldValueInvalid", "spec.replicas", f"Invalid value: {replicas}: {why}"
    if not selector:
        yield "FieldValueRequired", "spec.selector", "Required value"
    elif not selects(selector, labels):
        why = "`selector` does not match template `labels`"
        message = f"Invalid value: {_shown(labels)}: {why}"
        yield "FieldValueInvalid", "spec.template.metadata.labels", message
    if not (template.get("spec") or {}).get("containers"):
        yield "FieldValueRequired", "spec.template.spec.containers", "Required value"
    if old is not None and selector != old["spec"].get("selector"):
        message = f"Invalid value: {_shown(selector)}: field is immutable"
        yield "FieldValueInvalid", "spec.selector", message


def _taint_problems(spec: Raw) -> Iterator[Problem]:
    for number, taint in enumerate(spec.get("taints") or ()):
        if taint.get("effect") not in _EFFECTS:
            known = ", ".join(f'"{each}"' for each in _EFFECTS)
            message = f'Unsupported value: "{taint.get("effect", "")}": supported values: {known}'
            yield "FieldValueNotSupported", f"spec.taints[{number}].effect", message


def _shown(value: Any) -> str:
    return encode(value).decode()
