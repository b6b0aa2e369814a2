"""What an HTTP request to the AWS side asks for: service, operation, parameters, cluster.

Read before moto sees it, so that faults, holds and the journal know every request, whatever
service answers it.
"""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any, Final
from urllib.parse import unquote

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as MotoRequest
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model

from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.front.owning_cluster import cluster_of
from include.rehearsal.journal import Request
from include.rehearsal.places import Place

Environ = dict[str, Any]

MODELLED: Final = ("eks", "ec2", "autoscaling", "ssm", "sts", "iam", "service-quotas",
                   "organizations", "pricing", "kms", "arc-zonal-shift")  # fmt: skip
BY_PATH: Final = ("eks", "arc-zonal-shift")
"""Those whose operation is in the path and the method."""

# Signed under another name than its model has.
SIGNED_AS: Final = {"servicequotas": "service-quotas"}
READS: Final = ("Describe", "List", "Get", "Search", "Simulate", "Decode", "Assume")
# A refresh makes EKS look at the cluster; nothing of the cluster becomes different.
HARMLESS: Final = frozenset({"StartInsightsRefresh"})
TARGETS: Final = (
    "nodegroupName",
    "addonName",
    "AutoScalingGroupName",
    "AutoScalingGroupNames",
    "InstanceId",
    "InstanceIds",
    "LaunchTemplateId",
    "LaunchTemplateName",
    "ImageIds",
    "SubnetIds",
    "RoleName",
    "RoleArn",
    "Name",
    "Names",
    "resourceArn",
    "clusterName",
    "QuotaCode",
    "KeyId",
    "resourceIdentifier",
    "name",
)


@dataclass(frozen=True)
class AwsCall:
    """One call of an AWS operation.

    Attributes:
        service: eks, ec2, autoscaling, ssm, sts, iam, service-quotas,
            organizations, pricing, kms, arc-zonal-shift.
        place: the account of the key that signed it, and the region of the signature.
        key_id: the access key id that signed it; empty when nothing did.
        request: as faults, holds and the journal see it.
    """

    service: str
    place: Place
    key_id: str
    request: Request


def read(environ: Environ) -> AwsCall | None:
    """The call an HTTP request makes; None when it is none of the services in MODELLED.

    The body is read from `wsgi.input` and put back.
    """
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = BytesIO(body)
    # A stream of its own for moto's parser: the server reads the one in `environ` once more.
    request = MotoRequest({**environ, "wsgi.input": BytesIO(body)})
    key_id, region, service = _signer(request)
    operation, in_path = _operation(request, service)
    if service not in MODELLED or not operation:
        return None
    params = _params(request, service, operation, in_path)
    place = Place(world().keys.account_of(key_id), region)
    return AwsCall(service, place, key_id, _as_request(service, place, operation, params))


def _as_request(service: str, place: Place, operation: str, params: dict[str, Any]) -> Request:
    dry = str(params.get("DryRun")).lower() == "true"
    reads = operation.startswith(READS) or operation in HARMLESS
    return Request(
        "aws",
        operation,
        cluster_of(service, place, params),
        _target(params),
        changes=not reads and not dry,
        body=params,
        account=place.account,
        region=place.region,
    )


def _signer(request: MotoRequest) -> tuple[str, str, str]:
    """(access key id, region, service) of the signature, in the header or the query."""
    header = str(request.headers.get("Authorization", ""))
    _, _, rest = header.partition("Credential=")
    scope = rest.split(",")[0] or request.args.get("X-Amz-Credential", "")
    parts = scope.split("/")
    if len(parts) == 5:
        return parts[0], parts[2], SIGNED_AS.get(parts[3], parts[3])
    # STS takes web identities and SAML without a signature.
    unsigned = str(request.values.get("Action", "")).startswith("AssumeRoleWith")
    return "", "", "sts" if unsigned else ""


def _operation(request: MotoRequest, service: str) -> tuple[str, dict[str, Any]]:
    """(operation, parameters in the path); the operation is empty when there is none."""
    action = request.values.get("Action")
    if action:
        return str(action), {}
    target = request.headers.get("X-Amz-Target")
    if target:
        return str(target).rpartition(".")[2], {}
    if service not in BY_PATH:
        return "", {}
    try:
        found, in_path = get_service_router(service).match(request)
    except Exception:  # noqa: BLE001 - moto refuses it itself
        return "", {}
    return str(found.name), {key: unquote(value) for key, value in in_path.items()}


def _params(
    request: MotoRequest, service: str, operation: str, in_path: dict[str, Any]
) -> dict[str, Any]:
    """The parameters by their names in AWS's model; those of the path when nothing can be read."""
    if operation not in _operations(service):
        return in_path
    model = get_service_model(service)
    protocol = determine_request_protocol(model, request.content_type)
    parser = PROTOCOL_PARSERS[protocol](model.operation_model(operation))
    try:
        found = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": in_path,
            }
        )
    except Exception:  # noqa: BLE001 - moto refuses it itself
        return in_path
    return {key: value for key, value in found.items() if value not in (None, [])}


@lru_cache
def _operations(service: str) -> frozenset[str]:
    return frozenset(get_service_model(service).operation_names)


def _target(params: dict[str, Any]) -> str:
    for key in TARGETS:
        found = params.get(key)
        if found:
            return ",".join(map(str, found)) if isinstance(found, list) else str(found)
    return ""
