"""Every error code of AWS that this project names: its class, its remedy, its source.

Codes that are not in the table are judged by their HTTP status (`row_of`), and always shown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from include.eks_upgrade.common.failure import FailureClass

PROPAGATION_TRIES = 4
"""Tries while something just made may not be seen yet; with their pauses some minutes.
https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html"""

COMMON = "https://docs.aws.amazon.com/eks/latest/APIReference/CommonErrors.html"
EKS = "botocore's service model of eks"
EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
ASG = "botocore's service model of autoscaling"
SSM = "botocore's service model of ssm"
IAM = "botocore's service model of iam"
QUOTAS = "botocore's service model of service-quotas"
ORGANIZATIONS = "botocore's service model of organizations"
STS = "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html"
RETRIES = "botocore/retries/standard.py"


@dataclass(frozen=True)
class Code:
    """One row.

    Attributes:
        kind: its class.
        source: document or model that names it.
        remedy: what a person does about it; empty when nobody has to, or when
            `aws.errors` says more about it (rights and credentials).
        tries: as in `Failure`.
    """

    kind: FailureClass
    source: str
    remedy: str = ""
    tries: int | None = None


def _rows(kind: FailureClass, source: str, *codes: str, remedy: str = "") -> dict[str, Code]:
    return {code: Code(kind, source, remedy) for code in codes}


_QUOTA = "ask AWS for a higher quota (Service Quotas), or free some of it"
_WRONG = "correct what AWS names"
_LOOK = "see in the AWS console whether it was deleted; a new run plans with what is there"

DENIED = _rows(
    FailureClass.NEEDS_A_PERSON, COMMON, "AccessDenied", "AccessDeniedException", "NotAuthorized"
) | _rows(FailureClass.NEEDS_A_PERSON, EC2, "UnauthorizedOperation")
"""Who asks is known and may not do it."""

EXPIRED = _rows(FailureClass.RETRY_SOON, STS, "ExpiredToken", "ExpiredTokenException") | _rows(
    FailureClass.RETRY_SOON, COMMON, "RequestExpired"
)
"""Credentials that were good and ran out: each try makes new ones from the connection."""

BAD_CREDENTIALS = _rows(
    FailureClass.NEEDS_A_PERSON,
    COMMON,
    "IncompleteSignature",
    "InvalidClientTokenId",
    "MissingAuthenticationToken",
    "OptInRequired",
    "UnrecognizedClientException",
) | _rows(
    FailureClass.NEEDS_A_PERSON,
    EC2,
    "AuthFailure",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
)
"""Nobody is known by these credentials."""

THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""The account has asked too much; as botocore's `retries/standard.py` has them."""

_SOON = (
    _rows(FailureClass.RETRY_SOON, RETRIES, *sorted(THROTTLED))
    | _rows(FailureClass.RETRY_SOON, RETRIES, "RequestTimeout", "RequestTimeoutException")
    | _rows(
        FailureClass.RETRY_SOON,
        COMMON,
        "InternalFailure",
        "ServiceUnavailable",
        "IDPCommunicationError",
    )
    | _rows(FailureClass.RETRY_SOON, EKS, "ServerException", "ServiceUnavailableException")
    | _rows(FailureClass.RETRY_SOON, EC2, "InternalError", "Unavailable")
    | _rows(FailureClass.RETRY_SOON, SSM, "InternalServerError")
    | _rows(FailureClass.RETRY_SOON, ASG, "ResourceContention")
    # There is nothing to cancel: who looks again finds it done.
    | _rows(FailureClass.RETRY_SOON, ASG, "ActiveInstanceRefreshNotFound")
)

_LATER = (
    _rows(
        FailureClass.RETRY_LATER, EKS, "ResourceInUseException", "ResourcePropagationDelayException"
    )
    | _rows(
        FailureClass.RETRY_LATER,
        EC2,
        "IncorrectInstanceState",
        "InsufficientCapacity",
        "InsufficientHostCapacity",
        "InsufficientInstanceCapacity",
    )
    | _rows(
        FailureClass.RETRY_LATER,
        ASG,
        "IdempotentCallInProgress",
        "InstanceRefreshInProgress",
        "ResourceInUse",
        "ScalingActivityInProgress",
    )
    | {
        "ResourceNotFoundException": Code(
            FailureClass.RETRY_LATER,
            EKS,
            _LOOK,
            PROPAGATION_TRIES,
        )
    }
)

_PERSON = (
    _rows(FailureClass.NEEDS_A_PERSON, EKS, "ResourceLimitExceededException", remedy=_QUOTA)
    | _rows(FailureClass.NEEDS_A_PERSON, ASG, "LimitExceeded", remedy=_QUOTA)
    | _rows(
        FailureClass.NEEDS_A_PERSON,
        EC2,
        "InstanceLimitExceeded",
        "MaxSpotInstanceCountExceeded",
        "VcpuLimitExceeded",
        remedy=_QUOTA,
    )
    | _rows(
        FailureClass.NEEDS_A_PERSON,
        EC2,
        "InsufficientFreeAddressesInSubnet",
        remedy="free addresses in the subnet, or give the cluster a larger one",
    )
    | _rows(
        FailureClass.NEEDS_A_PERSON,
        EKS,
        "BadRequestException",
        "ClientException",
        "InvalidParameterException",
        "InvalidRequestException",
        "InvalidStateException",
        "NotFoundException",
        "UnsupportedAvailabilityZoneException",
        remedy=_WRONG,
    )
    | _rows(
        FailureClass.NEEDS_A_PERSON,
        COMMON,
        "ValidationError",
        "ValidationException",
        "InvalidAction",
        remedy=_WRONG,
    )
    | _rows(
        FailureClass.NEEDS_A_PERSON,
        EC2,
        "Blocked",
        "InvalidInstanceType",
        "InvalidLaunchTemplateName.AlreadyExistsException",
        "InvalidParameterCombination",
        "InvalidParameterValue",
        "InvalidUserData.Malformed",
        "MissingParameter",
        "PendingVerification",
        "Unsupported",
        "UnsupportedOperation",
        remedy=_WRONG,
    )
    | _rows(
        FailureClass.NEEDS_A_PERSON,
        EC2,
        "VersionLimitExceeded",
        remedy="delete versions of the launch template that nothing uses, or ask AWS for a higher "
        "quota",
    )
    | _rows(FailureClass.NEEDS_A_PERSON, IAM, "NoSuchEntity", "InvalidInput", remedy=_WRONG)
    # A quota that the account was never given another value of: its default is asked instead.
    | _rows(FailureClass.NEEDS_A_PERSON, QUOTAS, "NoSuchResourceException", remedy=_WRONG)
    | _rows(
        FailureClass.NEEDS_A_PERSON,
        ORGANIZATIONS,
        "AWSOrganizationsNotInUseException",
        remedy="name the account itself; it belongs to no organization",
    )
    | _rows(
        FailureClass.NEEDS_A_PERSON,
        ASG,
        "AlreadyExists",
        "IdempotentParameterMismatch",
        "ServiceLinkedRoleFailure",
        remedy=_WRONG,
    )
    | _rows(FailureClass.NEEDS_A_PERSON, SSM, "ParameterNotFound", remedy=_WRONG)
    | _rows(
        FailureClass.NEEDS_A_PERSON,
        STS,
        "RegionDisabledException",
        remedy="activate STS in this region for the account",
    )
)

CODES: Mapping[str, Code] = {
    **DENIED,
    **EXPIRED,
    **BAD_CREDENTIALS,
    **_SOON,
    **_LATER,
    **_PERSON,
}
"""All of them by code; Auto Scaling's stand without the `Fault` that some clients add."""

_BY_STATUS = Code(FailureClass.RETRY_SOON, "HTTP status 429 or 5xx")
_NOT_SEEN_YET = Code(
    FailureClass.RETRY_LATER,
    EC2,
    _LOOK,
    PROPAGATION_TRIES,
)
_UNKNOWN = Code(FailureClass.BUG, "no document that was read names it", tries=2)


NOT_FOUND_ENDINGS = (".NotFound", ".NotFoundException", ".VersionNotFound")
"""EC2: InvalidLaunchTemplateId.NotFound and .VersionNotFound, InvalidLaunchTemplateName's
.NotFoundException, and the many sisters of the first (Terraform's provider,
`internal/service/ec2/errors.go`)."""

_UNSEEN_BY_EKS = "launch template could not be found"
"""EKS's words for a template that was just made, under a code that it has for wrong values, too
(https://github.com/rancher/rancher/issues/38704)."""


_SIDE = re.compile(r"(?:Client|Server)\.")
"""Whose fault it is, as EC2 writes before its codes in some places."""

_BY_FORM = (
    (re.compile(r"InUse"), Code(FailureClass.RETRY_LATER, EC2)),
    (re.compile(r"LimitExceeded"), Code(FailureClass.NEEDS_A_PERSON, EC2, _QUOTA)),
    (
        re.compile(
            r"^(?:Invalid|Malformed|Missing|Unknown|Unsupported|Incorrect|Incompatible|Duplicate)"
            r"|(?:Malformed|Mismatch|TooLarge|TooLong|Exists|NotFound|NotSupported|Unsupported"
            r"|NotEnabled|Disabled|Unavailable)(?:Exception|Fault)?$"
        ),
        Code(FailureClass.NEEDS_A_PERSON, EC2, _WRONG),
    ),
)
"""What the names of AWS's codes say by themselves, of which there are hundreds: the request is
wrong, too much, or about something that another one uses. Matched at the beginning or the end."""

_ANY_CASE = {code.lower(): row for code, row in CODES.items()}

_OF_STATUS = {
    401: Code(FailureClass.NEEDS_A_PERSON, COMMON, _WRONG),
    403: Code(FailureClass.NEEDS_A_PERSON, COMMON, _WRONG),
    409: Code(FailureClass.RETRY_LATER, COMMON, tries=PROPAGATION_TRIES),
    413: Code(FailureClass.NEEDS_A_PERSON, COMMON, _WRONG),
}
"""What HTTP itself says under a code that is not known, which a proxy may have made up: who asks
may not (401, 403), somebody else is at work on it (409), or it is too much at once (413)."""


def row_of(code: str, status: int = 0, message: str = "") -> Code:
    """The row of an error; a code that is not known is judged by its form and HTTP status."""
    if code == "InvalidParameterException" and _UNSEEN_BY_EKS in message.lower():
        return _NOT_SEEN_YET
    plain = _SIDE.sub("", code, count=1)
    found = CODES.get(plain) or _ANY_CASE.get(plain.removesuffix("Fault").lower())
    if found:
        return found
    if code.endswith(NOT_FOUND_ENDINGS):
        return _NOT_SEEN_YET
    if status == 429 or status >= 500:
        return _BY_STATUS
    return _OF_STATUS.get(status) or _row_by_form(plain)


def _row_by_form(code: str) -> Code:
    return next((row for form, row in _BY_FORM if form.search(code)), _UNKNOWN)
