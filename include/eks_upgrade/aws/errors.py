"""What botocore raises, in this library's own error tree.

A step wraps its calls in `aws_errors_about("what it was about")`. Codes that a step understands
itself (ResourceNotFound, ResourceInUse, ...) are caught inside that block; all others come
out as one of the tree's classes, always with AWS's own code and words.
The codes, each with its class and its source, are in `error_codes.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from include.eks_upgrade.aws.error_codes import BAD_CREDENTIALS, DENIED, EXPIRED, Code, row_of
from include.eks_upgrade.aws.rights.refused import missing_right
from include.eks_upgrade.aws.truncated_responses import PageInstead
from include.eks_upgrade.common.errors import (
    Busy,
    Problem,
    Refused,
    UnexpectedResponse,
    Unreachable,
    UpgradeError,
)
from include.eks_upgrade.common.failure import FailureClass
from include.eks_upgrade.common.foreign_page import LET_THROUGH, without_page
from include.eks_upgrade.common.text import unstopped

_NO_CREDENTIALS = (
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.CredentialRetrievalError,
    boto.TokenRetrievalError,
    boto.UnauthorizedSSOTokenError,
    boto.SSOError,
    boto.ProfileNotFound,
    boto.NoAuthTokenError,
)
_NO_TRUST = "CERTIFICATE_VERIFY_FAILED"
"""Python's words for a certificate that is not trusted; other TLS errors are broken connections."""

_BROKEN = (
    ResponseParserError,
    boto.IncompleteReadError,
    boto.ResponseStreamingError,
    boto.ChecksumError,
)
_NO_ANSWER = (boto.HTTPClientError, boto.ConnectionError, boto.MetadataRetrievalError)
_NO_REGION = (boto.NoRegionError, boto.InvalidRegionError, boto.UnknownRegionError)
_CREDENTIALS_REMEDY = (
    "give the connection named in aws_conn_id valid, unexpired credentials of the account "
    "that owns the cluster"
)
_REGION_REMEDY = "set region to the AWS region of the cluster, for example eu-central-1"


def error_code(error: boto.ClientError) -> str:
    """AWS's code of an error, `ResourceNotFoundException` for example; empty if it has none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def error_message(error: boto.ClientError) -> str:
    """AWS's own sentence about an error, without its full stop; empty if it gave none.

    Where a proxy answered with a page of its own, that is what it says.
    """
    return unstopped(without_page(str((error.response.get("Error") or {}).get("Message") or "")))


@contextmanager
def aws_errors_about(subject: str) -> Iterator[None]:
    """Translate what botocore raises inside the block; `subject` is what the calls were about.

    Raises:
        Refused: no or wrong credentials, no permission, no region, a quota, an invalid request.
        Unreachable: throttling, lost connections, timeouts, 5xx, broken answers, credentials that
            ran out; a retry in seconds is useful.
        Busy: in use, no capacity, not seen yet; a retry in minutes is useful.
        UnexpectedResponse: anything else, with AWS's code and words.
    """
    try:
        yield
    except boto.ClientError as error:
        raise translate_client_error(subject, error) from error
    except (boto.BotoCoreError, boto.HTTPClientError, ResponseParserError) as error:
        raise translate_core_error(subject, error) from error


def row_of_error(error: boto.ClientError) -> Code:
    """The row of `error_codes` for an answer of AWS."""
    return row_of(error_code(error), _http_status(error), error_message(error))


def translate_client_error(subject: str, error: boto.ClientError) -> UpgradeError:
    """The error of our tree that an answer of AWS stands for."""
    code, row = error_code(error), row_of_error(error)
    words = error_message(error) or "no words, as a proxy answers"
    code = code or f"HTTP {_http_status(error)}"
    answered = f"AWS answered {error.operation_name} with {code}: {words}"
    if row.kind is FailureClass.RETRY_SOON:
        return Unreachable(f"{subject}: {answered}. {_soon(code)}; nothing was decided.")
    if row.kind is FailureClass.RETRY_LATER:
        remedy = f" If it stays so: {row.remedy}." if row.remedy else ""
        return Busy(
            f"{subject}: {answered}. Try again in some minutes; nothing more was changed.{remedy}",
            row.tries,
        )
    if row.kind is FailureClass.NEEDS_A_PERSON:
        remedy = _remedy(error, row)
        return _refused(subject, answered, remedy, credentials=code in BAD_CREDENTIALS)
    return UnexpectedResponse(
        f"{subject}: {answered}. Nobody foresaw this answer, so nothing more was changed. "
        "Remove the cause that AWS names, then repeat this step or run again."
    )


def _soon(code: str) -> str:
    if code in EXPIRED:
        return f"The next try takes fresh credentials; if they stay expired: {_CREDENTIALS_REMEDY}"
    return "Try again in a minute"


def _remedy(error: boto.ClientError, row: Code) -> str:
    code = error_code(error)
    if code in BAD_CREDENTIALS:
        return _CREDENTIALS_REMEDY
    if code in DENIED:
        return missing_right(error_message(error)) or (
            f"allow {error.operation_name} to the role of the AWS connection; the whole policy is "
            "in include/permissions/"
        )
    return remedy_of_refusal(error_message(error), row.remedy)


def remedy_of_refusal(message: str, otherwise: str = "correct what AWS names") -> str:
    """What lifts a refusal of a request: a right where AWS's words are about one.

    Args:
        message: AWS's own sentence.
        otherwise: what lifts it when they are about something else.
    """
    return f"{missing_right(message) or otherwise}, then repeat this step"


def translate_core_error(subject: str, error: Exception) -> UpgradeError:
    """The error of our tree for what botocore itself raises: no answer, or no request."""
    refused = _refused_by_botocore(subject, error)
    if refused:
        return refused
    if isinstance(error, boto.ParamValidationError | boto.ValidationError):
        return UnexpectedResponse(
            f"{subject}: the request was not even sent, botocore found it invalid: {error}"
        )
    if isinstance(error, PageInstead) and _says_no(error.status):
        problem = Problem(subject, f"{error}, which is not AWS's answer", LET_THROUGH)
        return Refused(f"A call about {subject} does not reach AWS", [problem])
    if isinstance(error, _BROKEN):
        return Unreachable(
            f"{subject}: AWS's answer was cut off or is no answer of AWS: {_short(error)}. A retry "
            "is useful and nothing was decided."
        )
    if isinstance(error, _NO_ANSWER):
        return Unreachable(
            f"{subject}: AWS did not answer: {_short(error)}. Check the network and the region; "
            "a retry is useful and nothing was decided."
        )
    return UnexpectedResponse(
        f"{subject}: {type(error).__name__}: {error}. Nothing more was changed."
    )


def _refused_by_botocore(subject: str, error: Exception) -> Refused | None:
    """No credentials, no region, no trust: a person has to give them."""
    if isinstance(error, _NO_CREDENTIALS):
        what = f"no usable AWS credentials: {error}"
        return _refused(subject, what, _CREDENTIALS_REMEDY, credentials=True)
    if isinstance(error, _NO_REGION):
        return _refused(subject, f"no usable AWS region: {error}", _REGION_REMEDY)
    if isinstance(error, boto.SSLError) and _NO_TRUST in str(error):
        remedy = "give the connection the CA bundle that the endpoint's certificate is signed by"
        return _refused(subject, f"AWS's certificate is not trusted: {error}", remedy)
    return None


def _says_no(status: int) -> bool:
    """Whether a page of this status is a refusal, and none that asks for patience."""
    return 400 <= status < 500 and status not in {408, 425, 429}


def _short(error: Exception) -> str:
    message = " ".join(without_page(str(error)).split())
    return message if len(message) <= 300 else message[:299] + "…"


def _refused(subject: str, what: str, remedy: str, *, credentials: bool = False) -> Refused:
    problem = Problem(subject, what, remedy)
    return Refused(f"AWS refused a call about {subject}", [problem], credentials=credentials)


def _http_status(error: boto.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
