"""The two protobuf bodies kubectl sends even to a server that speaks JSON.

`kubectl auth can-i` posts its review so, `kubectl drain --disable-eviction` its delete
options. Field numbers are those of apimachinery's and the API's generated.proto.
"""

from collections.abc import Iterator
from typing import Any, Final

from include.rehearsal.kube.objects.errors import ApiError, bad_request

PROTOBUF: Final = "application/vnd.kubernetes.protobuf"
_MAGIC: Final = b"k8s\0"
_RAW_FIELD: Final = 2  # of runtime.Unknown, the envelope


def payload(body: bytes) -> bytes:
    """The message inside the envelope.

    Raises:
        ApiError: 415 when it is no envelope, 400 when it cannot be read.
    """
    if not body.startswith(_MAGIC):
        raise unsupported()
    return message(body.removeprefix(_MAGIC), _RAW_FIELD)


def message(data: bytes, number: int) -> bytes:
    """The sub-message in a field, empty when it is absent."""
    found = dict(fields(data)).get(number, b"")
    return found if isinstance(found, bytes) else b""


def fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """The fields of a message: numbers and length-delimited values; there are no others.

    Raises:
        ApiError: 400 when it cannot be read.
    """
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        value, at = _varint(data, at)
        if tag & 7 == 0:
            yield tag >> 3, value
        elif tag & 7 == 2:
            yield tag >> 3, data[at : at + value]
            at += value
        else:
            raise bad_request("a field of the protobuf body is of an unexpected type")


def delete_options(body: bytes) -> dict[str, Any]:
    """A DeleteOptions message as the JSON it stands for.

    Raises:
        ApiError: 415 or 400 when it cannot be read.
    """
    options: dict[str, Any] = {}
    for number, value in fields(payload(body)):
        if number == 1:
            options["gracePeriodSeconds"] = value
        elif isinstance(value, bytes) and number == 2:
            names = {1: "uid", 2: "resourceVersion"}
            options["preconditions"] = {
                names[n]: v.decode() for n, v in fields(value) if isinstance(v, bytes)
            }
        elif isinstance(value, bytes) and number == 4:
            options["propagationPolicy"] = value.decode()
        elif isinstance(value, bytes) and number == 5:
            options.setdefault("dryRun", []).append(value.decode())
    return options


def unsupported() -> ApiError:
    """415 for a body that is not JSON."""
    return ApiError(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json, application/yaml",
        {},
    )


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
    raise bad_request("the protobuf body ends early")
