"""What botocore raises, told in this library's own error tree.

A step wraps its calls in `aws_words("what it was about")`. Codes that a step understands
itself (ResourceNotFound, ResourceInUse, ...) are caught inside that block; all others come
out as one of the tree's classes, always with AWS's own code and words.
Codes: https://docs.aws.amazon.com/eks/latest/APIReference/CommonErrors.html and botocore's
own tables of throttling and transient errors (botocore/retries/standard.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as boto

from include.eks_upgrade.errors import Problem, Refused, Surprise, Unreachable, UpgradeError

DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"}
)
BAD_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
ASKS_FOR_PATIENCE = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ResourceContention",
        "ServerException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
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
_NO_REGION = (boto.NoRegionError, boto.InvalidRegionError, boto.UnknownRegionError)
_CREDENTIALS_REMEDY = (
    "give the Airflow connection named in aws_conn_id valid, unexpired credentials of the account "
    "that owns the cluster"
)
_REGION_REMEDY = "set region to the AWS region of the cluster, for example eu-central-1"


def error_code(error: boto.ClientError) -> str:
    """AWS's code of an error, `ResourceNotFoundException` for example; empty if it has none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def error_words(error: boto.ClientError) -> str:
    """AWS's own sentence about an error, empty if it gave none."""
    return str(error.response.get("Error", {}).get("Message", ""))


@contextmanager
def aws_words(subject: str) -> Iterator[None]:
    """Translate what botocore raises inside the block; `subject` is what the calls were about.

    Raises:
        Refused: no or wrong credentials, no permission, no region.
        Unreachable: throttling, lost connections, timeouts, 5xx; a retry is useful.
        Surprise: anything else, with AWS's code and words.
    """
    try:
        yield
    except boto.ClientError as error:
        raise translate_client_error(subject, error) from error
    except (boto.BotoCoreError, boto.HTTPClientError) as error:
        raise _translate_core_error(subject, error) from error


def translate_client_error(subject: str, error: boto.ClientError) -> UpgradeError:
    """The error of our tree that an answer of AWS stands for."""
    code = error_code(error)
    told = f"AWS answered {error.operation_name} with {code}: {error_words(error)}"
    if code in BAD_CREDENTIALS:
        return _refused(subject, told, _CREDENTIALS_REMEDY)
    if code in DENIED:
        return _refused(
            subject,
            told,
            f"allow {error.operation_name} to the role of the AWS connection; the whole policy is "
            "in include/permissions/",
        )
    if code in ASKS_FOR_PATIENCE or _http_status(error) >= 500 or _http_status(error) == 429:
        return Unreachable(f"{subject}: {told}. Try again in a minute; nothing was decided.")
    return Surprise(
        f"{subject}: {told}. Nobody foresaw this answer, so nothing more was changed. "
        "Remove the cause that AWS names, then clear this task or run again."
    )


def _translate_core_error(subject: str, error: Exception) -> UpgradeError:
    if isinstance(error, _NO_CREDENTIALS):
        return _refused(subject, f"no usable AWS credentials: {error}", _CREDENTIALS_REMEDY)
    if isinstance(error, _NO_REGION):
        return _refused(subject, f"no usable AWS region: {error}", _REGION_REMEDY)
    if isinstance(error, boto.ParamValidationError | boto.ValidationError):
        return Surprise(
            f"{subject}: the request was not even sent, botocore found it invalid: {error}"
        )
    if isinstance(error, boto.HTTPClientError | boto.ConnectionError):
        return Unreachable(
            f"{subject}: AWS did not answer: {error}. Check the network and the region; a retry "
            "is useful and nothing was decided."
        )
    return Surprise(f"{subject}: {type(error).__name__}: {error}. Nothing more was changed.")


def _refused(subject: str, what: str, remedy: str) -> Refused:
    return Refused(f"AWS refused a call about {subject}", [Problem(subject, what, remedy)])


def _http_status(error: boto.ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
