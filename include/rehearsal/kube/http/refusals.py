"""How API servers word what is not the caller's fault: overload, trouble inside, webhooks.

Sources, in kubernetes/apiserver: `server/filters/maxinflight.go` (429 is plain text with
Retry-After), `api/errors/errors.go` (the Status of 500, 503 and 504), and
`admission/plugin/webhook/errors/statuserror.go` (denials).
"""

from typing import Final

from include.rehearsal.kube.http.calls import Answer
from include.rehearsal.kube.objects.errors import ApiError

_TROUBLES: Final = {
    500: ("", "etcdserver: leader changed"),
    503: ("ServiceUnavailable", "apiserver is shutting down"),
    504: ("Timeout", "Timeout: request did not complete within the allotted timeout"),
}
_REASONS: Final = {400: "BadRequest", 403: "Forbidden", 409: "Conflict", 422: "Invalid"}


def throttled(retry_after: int) -> Answer:
    """429 of the server's flow control: no Status, and no disruption budget behind it."""
    headers = {"Retry-After": str(retry_after), "Content-Type": "text/plain; charset=utf-8"}
    return Answer(429, "Too many requests, please try again later.\n", headers)


def server_error(status: int, message: str = "") -> Answer:
    """500, 503 or 504 of a server in trouble, in the usual words or in these.

    Raises:
        ValueError: another status.
    """
    if status not in _TROUBLES:
        raise ValueError(f"{status} is none of {', '.join(map(str, _TROUBLES))}")
    reason, usual = _TROUBLES[status]
    return Answer(status, ApiError(status, reason, message or usual).body())


def webhook_denial(webhook: str, message: str, code: int) -> ApiError:
    """What a request is refused with when a validating webhook denies it, or does not answer.

    Args:
        webhook: the webhook's name, e.g. "guard.example.com".
        message: what it says; for 500 what went wrong with the call, after `Post "...": `.
        code: the code the webhook chose (400, 403, ...); 500: it could not be called.
    """
    if code != 500:
        deny = f'admission webhook "{webhook}" denied the request'
        text = f"{deny}: {message}" if message else f"{deny} without explanation"
        return ApiError(code, _REASONS.get(code, ""), text)
    address = f'Post "https://{webhook.partition(".")[0]}.webhooks.svc:443/validate?timeout=10s"'
    why = message or "context deadline exceeded"
    failed = f'failed calling webhook "{webhook}": failed to call webhook: {address}: {why}'
    details = {"causes": [{"message": failed}]}
    return ApiError(500, "InternalError", f"Internal error occurred: {failed}", details)
