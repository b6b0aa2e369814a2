"""One classification of every failure: `classify` says what an exception is to the next try.

Whatever decides about another try, a wait or the words of a failure asks here.
AWS's codes stand in `aws/error_codes.py`, Kubernetes' answers are judged in `kube/errors.py`,
and both have become an `UpgradeError` where a step meets them; what comes raw is judged, too.
"""

import traceback

import aiohttp
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from include.eks_upgrade.aws.errors import (
    error_code,
    translate_client_error,
    translate_core_error,
)
from include.eks_upgrade.common import errors
from include.eks_upgrade.common.failure import Failure, FailureClass
from include.eks_upgrade.kube.errors import Expired

CLASSES: dict[type[errors.UpgradeError], FailureClass] = {
    errors.Refused: FailureClass.NEEDS_A_PERSON,
    errors.LockHeld: FailureClass.NEEDS_A_PERSON,
    errors.UpdateFailed: FailureClass.NEEDS_A_PERSON,
    errors.Stuck: FailureClass.NEEDS_A_PERSON,
    errors.Unreachable: FailureClass.RETRY_SOON,
    errors.Busy: FailureClass.RETRY_LATER,
    errors.UnexpectedResponse: FailureClass.BUG,
}
"""The class of each error of our tree. A wait that ran out (Stuck) has had its time."""

TRIES_OF_A_PASSING_STATE = 6
"""With their pauses a quarter of an hour at least, and half an hour at most."""

TRIES_OF_A_BUG = 2
"""A mistake answers the same each time; one more try, for the world may have been unusual once."""

_BROKEN_CONNECTIONS = (
    ConnectionError,
    TimeoutError,
    aiohttp.ClientConnectionError,
    aiohttp.ClientPayloadError,
    Expired,
)
_BOTOCORE = (boto.BotoCoreError, boto.HTTPClientError, ResponseParserError)
_WORDS = "an AWS call"
MAX_LISTED_TRACEBACK_LINES = 12


def classify(error: BaseException) -> Failure:
    """The class of an exception, with its words; nothing is unknown, at worst it is a bug."""
    if isinstance(error, errors.UpgradeError):
        return _of_ours(error)
    if isinstance(error, boto.ClientError):
        return _of_ours(translate_client_error(_WORDS, error), error)
    if isinstance(error, _BOTOCORE):
        return _of_ours(translate_core_error(_WORDS, error), error)
    if isinstance(error, _BROKEN_CONNECTIONS):
        return Failure(FailureClass.RETRY_SOON, f"{type(error).__name__}: {error}")
    return Failure(FailureClass.BUG, bug_message(error), tries=TRIES_OF_A_BUG)


def _of_ours(error: errors.UpgradeError, cause: BaseException | None = None) -> Failure:
    kind = next(
        (CLASSES[each] for each in type(error).__mro__ if each in CLASSES), FailureClass.BUG
    )
    tries = error.tries if isinstance(error, errors.Busy) else None
    if isinstance(error, errors.Refused):
        kind, tries = _of_a_refusal(error)
    if kind is FailureClass.BUG:
        tries = TRIES_OF_A_BUG
    about_us = isinstance(error, errors.Refused) and error.credentials
    return Failure(kind, str(error), _code(cause or error), tries, credentials=about_us)


def _of_a_refusal(error: errors.Refused) -> tuple[FailureClass, int | None]:
    """A refusal needs a person, unless what lifts it is on its way or comes with time."""
    if error.tries is not None:
        return FailureClass.RETRY_SOON, error.tries
    if error.passes:
        return FailureClass.RETRY_LATER, TRIES_OF_A_PASSING_STATE
    return FailureClass.NEEDS_A_PERSON, None


def _code(error: BaseException | None) -> str:
    """AWS's code of the error, or of what it came from."""
    while error is not None:
        if isinstance(error, boto.ClientError):
            return error_code(error)
        error = error.__cause__
    return ""


def bug_message(error: BaseException) -> str:
    """The message about an exception that nobody foresaw: itself, and where it came from."""
    lines = "".join(traceback.format_exception(error)).strip().splitlines()
    return "\n".join(
        [
            f"A mistake in this project, or an answer it does not understand:"
            f" {type(error).__name__}: {error}. Please report it with these lines:",
            *lines[-MAX_LISTED_TRACEBACK_LINES:],
        ]
    )
