"""JSON patch, merge patch and strategic merge patch over plain JSON data.

Each function returns a new object and leaves its arguments alone. Server-side apply is
treated as a strategic merge of the applied fields: nobody's field ownership is kept.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from include.rehearsal.kube.objects.errors import ApiError, bad_request
from include.rehearsal.kube.objects.store import copied
from include.rehearsal.raw import Raw

JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = "application/merge-patch+json"
STRATEGIC_PATCH: Final = "application/strategic-merge-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"
PATCH_TYPES: Final = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)

# What a list's items are matched by, as the API types' patchMergeKey tags say; the first key
# the patch's items carry counts. Lists not named here are replaced (taints, tolerations, args).
MERGE_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "addresses": ("type",),
    "conditions": ("type",),
    "containers": ("name",),
    "env": ("name",),
    "ephemeralContainers": ("name",),
    "hostAliases": ("ip",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "ownerReferences": ("uid",),
    "ports": ("containerPort", "port"),
    "secrets": ("name",),
    "topologySpreadConstraints": ("topologyKey",),
    "volumeDevices": ("devicePath",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
}
MERGED_SETS: Final = ("finalizers",)


def patched(obj: Raw, patch: Any, content_type: str) -> dict[str, Any]:
    """`obj` with a patch of one of PATCH_TYPES applied.

    Raises:
        ApiError: 400 for a patch that cannot be read, 422 for a JSON patch that does not fit,
            415 for another content type.
    """
    if content_type == JSON_PATCH:
        return json_patch(obj, patch)
    if content_type not in PATCH_TYPES:
        raise ApiError(
            415,
            "UnsupportedMediaType",
            "the body of the request was in an unknown format - accepted media types include: "
            + ", ".join(PATCH_TYPES),
            {},
        )
    if not isinstance(patch, Mapping):
        raise bad_request("error decoding patch: the patch must be an object")
    merged = merge(obj, patch) if content_type == MERGE_PATCH else strategic_merge(obj, patch)
    return merged if isinstance(merged, dict) else {}


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386: null deletes, objects merge, everything else replaces."""
    if not isinstance(patch, Mapping):
        return copied(patch)
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def json_patch(obj: Raw, operations: Any) -> dict[str, Any]:
    """RFC 6902.

    Raises:
        ApiError: 400 when it is no list of operations, 422 when one does not fit.
    """
    if not isinstance(operations, list):
        raise bad_request("error decoding patch: a JSON patch must be an array of operations")
    holder: dict[str, dict[str, Any]] = {"": copied(obj)}
    for operation in operations:
        try:
            _apply(holder, operation)
        except (KeyError, IndexError, ValueError, TypeError) as error:
            message = f"the server rejected our request due to an error in our request: {error}"
            raise ApiError(422, "Invalid", message, {}) from error
    return holder[""]


def _apply(holder: dict[str, Any], operation: Raw) -> None:
    name, path = operation["op"], _pointer(operation["path"])
    if name == "test":
        if _take(holder, path, keep=True) != operation["value"]:
            raise ValueError(f"testing value {operation['path']} failed")
    elif name == "remove":
        _take(holder, path)
    elif name == "add":
        _add(holder, path, copied(operation["value"]))
    elif name == "replace":
        _take(holder, path)
        _add(holder, path, copied(operation["value"]))
    elif name in ("move", "copy"):
        value = _take(holder, _pointer(operation["from"]), keep=name == "copy")
        _add(holder, path, copied(value))
    else:
        raise ValueError(f"unexpected kind: {name}")


def _pointer(path: str) -> list[str]:
    return ["", *(part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])]


def _parent(holder: Any, path: Sequence[str]) -> Any:
    for part in path[:-1]:
        holder = holder[int(part)] if isinstance(holder, list) else holder[part]
    return holder


def _take(holder: Any, path: Sequence[str], *, keep: bool = False) -> Any:
    parent = _parent(holder, path)
    key: Any = int(path[-1]) if isinstance(parent, list) else path[-1]
    return parent[key] if keep else parent.pop(key)


def _add(holder: Any, path: Sequence[str], value: Any) -> None:
    parent, last = _parent(holder, path), path[-1]
    if isinstance(parent, list):
        parent.insert(len(parent) if last == "-" else int(last), value)
    else:
        parent[last] = value


def strategic_merge(target: Any, patch: Any) -> Any:
    """Kubernetes' strategic merge: lists of named things merge item by item.

    Understands `$patch: delete|replace`, `$deleteFromPrimitiveList/...` and `$retainKeys`;
    `$setElementOrder/...` is accepted and ignored.
    """
    if not isinstance(patch, Mapping):
        return copied(patch)
    if patch.get("$patch") == "replace":
        return {key: copied(value) for key, value in patch.items() if key != "$patch"}
    result = dict(target) if isinstance(target, Mapping) else {}
    retained = patch.get("$retainKeys")
    if retained is not None:
        result = {key: value for key, value in result.items() if key in retained}
    for key, value in patch.items():
        _merge_field(result, key, value)
    return result


def _merge_field(result: dict[str, Any], key: str, value: Any) -> None:
    if key.startswith("$deleteFromPrimitiveList/"):
        field = key.partition("/")[2]
        result[field] = [each for each in result.get(field) or () if each not in value]
    elif key.startswith("$"):
        return
    elif value is None:
        result.pop(key, None)
    elif isinstance(value, list):
        result[key] = _merge_lists(key, result.get(key) or [], value)
    else:
        result[key] = strategic_merge(result.get(key), value)


def _merge_lists(field: str, target: Sequence[Any], patch: Sequence[Any]) -> list[Any]:
    if field in MERGED_SETS:
        return [*target, *(each for each in patch if each not in target)]
    items = [each for each in patch if isinstance(each, Mapping)]
    key = next(
        (k for k in MERGE_KEYS.get(field, ()) if all(k in e for e in items if len(e) > 1)), ""
    )
    if not key or len(items) < len(patch):
        return [copied(each) for each in patch]
    if any(each.get("$patch") == "replace" for each in items):
        return [copied(each) for each in items if "$patch" not in each]
    result = {each[key]: each for each in target}
    for item in items:
        if item.get("$patch") == "delete":
            result.pop(item.get(key), None)
        else:
            result[item[key]] = strategic_merge(result.get(item[key]), item)
    return list(result.values())
