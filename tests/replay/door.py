"""A recorded answer on its way to the product: as bytes of AWS's protocol, through botocore.

The client is botocore's own, and reads, types and drops what it would of AWS; only the connection
is missing.
"""

import json
from typing import Any
from xml.sax.saxutils import escape

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

from tests.replay.recordings import Recording, operation_model, service_of

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})


class _Body:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Any:
        yield self._content


def client_of(service: str, *recordings: Recording) -> Any:
    """A client whose calls are answered by recordings, each of its operation.

    Raises:
        AssertionError: from a call that no recording answers.
    """
    client = boto3.client(
        service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x",
        config=ONCE,
    )  # fmt: skip
    known = {one.operation: one for one in recordings}

    def answer(request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rsplit(".", 1)[1]
        assert operation in known, f"{operation} was called and nothing is recorded for it"
        status, headers, body = wire(known[operation])
        return AWSResponse(request.url, status, headers, _Body(body))

    client.meta.events.register("before-send", answer)
    return client


def wire(recording: Recording) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body with which AWS sends the answer."""
    protocol = recording.model.service_model.metadata["protocol"]
    if recording.error:
        return _error(recording, protocol)
    if protocol in {"rest-json", "json"}:
        return 200, {}, json.dumps(recording.answer).encode()
    service = service_of(recording.operation)
    model = get_service_model(service).operation_model(recording.operation)
    body = get_serializer_class(service, protocol)(model).serialize(recording.answer)["body"]
    return 200, {}, body.encode() if isinstance(body, str) else body


def _error(recording: Recording, protocol: str) -> tuple[int, dict[str, str], bytes]:
    given = recording.answer
    error, status = given["Error"], int(given.get("status_code") or 400)
    code, message = error.get("Code") or "", error.get("Message") or ""
    if protocol in {"rest-json", "json"}:
        beside = {k: v for k, v in given.items() if k not in {"Error", "status_code"}}
        body = json.dumps({**beside, "__type": code, "message": message})
        return status, {"x-amzn-ErrorType": code}, body.encode()
    inner = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    whole = (
        f"<Response><Errors>{inner}</Errors><RequestID>r</RequestID></Response>"
        if protocol == "ec2"
        else f"<ErrorResponse>{inner}<RequestId>r</RequestId></ErrorResponse>"
    )
    return status, {}, whole.encode()


def parsed(recording: Recording) -> dict[str, Any]:
    """The answer as botocore gives it to its caller, without its metadata."""
    answer = call(client_of(service_of(recording.operation), recording), recording.operation)
    answer.pop("ResponseMetadata", None)
    return answer


def call(client: Any, operation: str) -> dict[str, Any]:
    """Call an operation with the arguments that it needs, of any value."""
    arguments = {name: _any_value(shape) for name, shape in _required(operation).items()}
    answer: dict[str, Any] = getattr(client, _method(client, operation))(**arguments)
    return answer


def _method(client: Any, operation: str) -> str:
    return next(m for m, o in client.meta.method_to_api_mapping.items() if o == operation)


def _required(operation: str) -> dict[str, Any]:
    shape = operation_model(operation).input_shape
    return {name: shape.members[name] for name in shape.required_members} if shape else {}


def _any_value(shape: Any) -> Any:
    """A value that botocore's validation takes, of the shape of a required argument."""
    if shape.type_name == "structure":
        return {name: _any_value(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [_any_value(shape.member)]
    if shape.type_name == "map":
        return {}
    plain = {"boolean": True, "integer": 1, "long": 1, "double": 1.0, "timestamp": 0}
    return plain.get(shape.type_name, "x" * max(1, shape.metadata.get("min", 1)))
