"""AWS's refusals as bytes: which code a service uses for what, and how its protocol says it.

Codes: the botocore service models (EKS, SSM), and
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html,
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/CommonErrors.html and its likes.
"""

import json
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

from moto.core.utils import get_service_model
from moto.moto_api._internal import mock_random

from include.rehearsal.aws.front.requests import AwsCall
from include.rehearsal.faults import Fault


@dataclass(frozen=True)
class HttpResponse:
    """What goes back to the client; headers as `start_response` takes them."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Refusal:
    """AWS's code, HTTP status and message."""

    code: str
    status: int
    message: str


RATE = "Rate exceeded"
EXPIRED = "The security token included in the request is expired"
INVALID = "The security token included in the request is invalid."
BROKEN = "We encountered an internal error. Please try again."
AWAY = "Service is unable to handle request."

# By kind of fault and service; "" is what most services of the query protocol answer.
CODES: Final[dict[str, dict[str, Refusal]]] = {
    "throttle": {
        "eks": Refusal("TooManyRequestsException", 429, "Too Many Requests"),
        "ec2": Refusal("RequestLimitExceeded", 503, "Request limit exceeded."),
        "ssm": Refusal("ThrottlingException", 400, RATE),
        "organizations": Refusal("TooManyRequestsException", 400, "Too many requests."),
        "": Refusal("Throttling", 400, RATE),
    },
    "http500": {
        "eks": Refusal("ServerException", 500, BROKEN),
        "ec2": Refusal("InternalError", 500, "An internal error has occurred"),
        "ssm": Refusal("InternalServerError", 500, BROKEN),
        "": Refusal("InternalFailure", 500, BROKEN),
    },
    "http503": {
        "eks": Refusal("ServiceUnavailableException", 503, AWAY),
        "ec2": Refusal("Unavailable", 503, "The service is unavailable. Please try again shortly."),
        "ssm": Refusal("ServiceUnavailableException", 503, AWAY),
        "": Refusal("ServiceUnavailable", 503, AWAY),
    },
    "expired_credentials": {
        "eks": Refusal("ExpiredTokenException", 403, EXPIRED),
        "ec2": Refusal("RequestExpired", 400, "Request has expired."),
        "ssm": Refusal("ExpiredTokenException", 400, EXPIRED),
        "": Refusal("ExpiredToken", 403, EXPIRED),
    },
    "unknown_credentials": {
        "eks": Refusal("UnrecognizedClientException", 403, INVALID),
        "ec2": Refusal(
            "AuthFailure", 401, "AWS was not able to validate the provided access credentials"
        ),
        "ssm": Refusal("UnrecognizedClientException", 400, INVALID),
        "": Refusal("InvalidClientTokenId", 403, INVALID),
    },
}
# STS does not say whether a role exists.
UNKNOWN: Final = {
    "ssm": Refusal("ParameterNotFound", 400, "Parameter {} not found."),
    "iam": Refusal("NoSuchEntity", 404, "The role with name {} cannot be found."),
    "sts": Refusal(
        "AccessDenied", 403, "User is not authorized to perform: sts:AssumeRole on resource: {}"
    ),
    "autoscaling": Refusal("ValidationError", 400, "AutoScalingGroup name not found - null"),
}
# EC2 says what kind of thing it does not know.
UNKNOWN_IN_EC2: Final = {
    "Instance": ("InvalidInstanceID.NotFound", "The instance ID '{}' does not exist"),
    "LaunchTemplate": (
        "InvalidLaunchTemplateId.NotFound",
        "The specified launch template, with template ID {}, does not exist.",
    ),
    "Image": ("InvalidAMIID.NotFound", "The image id '[{}]' does not exist"),
    "Subnet": ("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
}


def refusal_of_fault(call: AwsCall, fault: Fault) -> Refusal:
    """What the service answers when this fault strikes this call."""
    if fault.kind == "error":
        return Refusal(fault.code, fault.status, fault.message or fault.code)
    if fault.kind == "not_found_yet":
        usual = _not_found(call)
    else:
        usual = CODES[fault.kind].get(call.service, CODES[fault.kind][""])
    if fault.kind == "throttle" and _models_throttling(call):
        usual = Refusal("ThrottlingException", 429, RATE)
    return Refusal(usual.code, usual.status, fault.message or usual.message)


def _models_throttling(call: AwsCall) -> bool:
    """Whether EKS's model has ThrottlingException for this operation; most answer with another.

    TooManyRequestsException, which no model of EKS has, is what people saw of DescribeCluster:
    awslabs/amazon-eks-ami#218, weaveworks-experiments/kconnect#751.
    """
    if call.service != "eks":
        return False
    model = get_service_model("eks").operation_model(call.request.operation)
    return any(shape.name == "ThrottlingException" for shape in model.error_shapes)


def refusal_of_key(call: AwsCall, why: str) -> Refusal:
    """What the service answers to credentials that are `expired` or `unknown`."""
    codes = CODES[f"{why}_credentials"]
    return codes.get(call.service, codes[""])


def refusal_of_region(call: AwsCall) -> Refusal:
    """What the service answers in a region that the account has not enabled.

    An opt-in region does not know the account's credentials until it is enabled; STS says so:
    RegionDisabledException of its service model.
    """
    if call.service == "sts":
        message = f"STS is not activated in this region for account:{call.place.account}."
        return Refusal("RegionDisabledException", 403, message)
    return refusal_of_key(call, "unknown")


def _not_found(call: AwsCall) -> Refusal:
    target = call.request.target
    if call.service == "eks":
        return Refusal("ResourceNotFoundException", 404, _unknown_in_eks(call))
    if call.service == "ec2":
        return _unknown_in_ec2(call.request.operation, target)
    usual = UNKNOWN[call.service]
    return Refusal(usual.code, usual.status, usual.message.format(target))


def _unknown_in_ec2(operation: str, target: str) -> Refusal:
    for resource, (code, message) in UNKNOWN_IN_EC2.items():
        if resource in operation:
            return Refusal(code, 400, message.format(target))
    return Refusal("InvalidParameterValue", 400, f"'{target}' does not exist")


def _unknown_in_eks(call: AwsCall) -> str:
    params, cluster = call.request.body, call.request.cluster
    if params.get("updateId"):
        return f"No update found for ID: {params['updateId']}"
    if params.get("nodegroupName"):
        return f"No node group found for name: {params['nodegroupName']}."
    if params.get("addonName"):
        return f"No addon: {params['addonName']} found in cluster: {cluster}"
    return f"No cluster found for name: {cluster}."


def as_response(call: AwsCall, refusal: Refusal) -> HttpResponse:
    """The refusal as the service's protocol writes it."""
    request_id = str(mock_random.uuid4())
    protocol = str(get_service_model(call.service).protocol)
    if protocol in ("rest-json", "json"):
        kind, text = _json(protocol, refusal)
    else:
        kind, text = "text/xml", _xml(protocol, refusal, request_id)
    headers = [("Content-Type", kind), ("x-amzn-RequestId", request_id)]
    if protocol == "rest-json":
        headers.append(("x-amzn-ErrorType", refusal.code))
    return text_response(refusal.status, headers, text)


def _json(protocol: str, refusal: Refusal) -> tuple[str, str]:
    body: dict[str, Any] = {"message": refusal.message}
    if protocol == "json":
        return "application/x-amz-json-1.1", json.dumps({"__type": refusal.code, **body})
    return "application/json", json.dumps(body)


def _xml(protocol: str, refusal: Refusal, request_id: str) -> str:
    code = f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
    if protocol == "ec2":
        return (
            f"<Response><Errors><Error>{code}</Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
    fault = "Sender" if refusal.status < 500 else "Receiver"
    return (
        f"<ErrorResponse><Error><Type>{fault}</Type>{code}</Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def empty_lists(call: AwsCall) -> HttpResponse | None:
    """Auto Scaling's Describe calls know no 404: an answer with empty lists; else None."""
    operation = call.request.operation
    if call.service != "autoscaling" or not operation.startswith("Describe"):
        return None
    shape = get_service_model("autoscaling").operation_model(operation).output_shape
    members = shape.members.items() if shape else ()
    lists = "".join(f"<{name}/>" for name, each in members if each.type_name == "list")
    text = (
        f"<{operation}Response><{operation}Result>{lists}</{operation}Result></{operation}Response>"
    )
    return text_response(200, [("Content-Type", "text/xml")], text)


def text_response(status: int, headers: list[tuple[str, str]], text: str) -> HttpResponse:
    """A response with its length in the headers."""
    body = text.encode()
    return HttpResponse(status, [*headers, ("Content-Length", str(len(body)))], body)
