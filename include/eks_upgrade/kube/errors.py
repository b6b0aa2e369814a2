"""From a Kubernetes answer that is not a success to this library's own error tree.

The API server says what is wrong in a `Status` object (`reason`, `message`, `details.causes`):
https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
"""

from dataclasses import dataclass, field

from include.eks_upgrade.common.errors import (
    Problem,
    Refused,
    UnexpectedResponse,
    Unreachable,
    UpgradeError,
)
from include.eks_upgrade.common.failure import FailureClass
from include.eks_upgrade.common.foreign_page import LET_THROUGH, without_page
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.passing import is_starting, lacks_roles, may_not_know_us_yet

WORDS_LIMIT = 500
"""Characters of a foreign answer that are shown: a proxy may send a whole page."""

PAGE_SAID = "an HTML page "
"""How the words of an answer begin that is a page (`common/foreign_page.py`)."""

TRIES_OF_A_STRANGER = 6
"""Tries of a task while the API server may not know us yet; with their pauses five minutes."""

READING = ("get ", "list ", "watch ", "create selfsubjectaccessreviews")
"""How the requests begin that change nothing."""


class Expired(Exception):
    """A resourceVersion or a list in pages is too old for the server (410): begin it anew."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer.

    Attributes:
        body: parsed JSON when it is an object, else empty.
        text: the body as text when it is no JSON object, cut to `WORDS_LIMIT`.
        retry_after: seconds of the Retry-After header, None without one.
    """

    status: int
    body: Raw = field(default_factory=dict)
    text: str = ""
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300

    @property
    def reason(self) -> str:
        """`Status.reason` in Kubernetes' own word, or empty."""
        return str(self.body.get("reason") or "")

    @property
    def words(self) -> str:
        """The server's own words, cut to a length that can be shown."""
        message = str(self.body.get("message") or self.text or f"no words, HTTP {self.status}")
        return shortened(message)

    @property
    def is_page(self) -> bool:
        """Whether somebody on the way answered, with a web page, and not Kubernetes."""
        return not self.body and self.words.startswith(PAGE_SAID)

    def causes(self) -> list[Raw]:
        """`details.causes` of the Status; each has `reason` and `message`."""
        return list((self.body.get("details") or {}).get("causes") or ())

    def has_cause(self, reason: str) -> bool:
        """Whether a cause of that reason is named."""
        return any(cause.get("reason") == reason for cause in self.causes())


def shortened(words: str) -> str:
    """One line of at most `WORDS_LIMIT` characters; a proxy's page is named, not shown."""
    line = " ".join(without_page(words).split())
    return line if len(line) <= WORDS_LIMIT else line[: WORDS_LIMIT - 1] + "…"


def may_retry(answer: Answer, what: str = "") -> bool:
    """Whether the same request may succeed a little later without anyone doing anything.

    429 is API throttling, unless a disruption budget is its cause. 500 is tried again where
    something is read, or where its words are of what passes: at an eviction the API server uses it
    for misconfiguration, too.

    Args:
        answer: what it answered.
        what: verb and resource, such as `list nodes`.
    """
    if passes(answer):
        return True
    if answer.status == 429:
        return not answer.has_cause("DisruptionBudget")
    if answer.status == 500 and what.startswith(READING):
        return True
    return answer.status in {408, 502, 503, 504}


def passes(answer: Answer) -> bool:
    """Whether its words say that it will be over in a moment, or in minutes."""
    status, words = answer.status, answer.words
    return is_starting(status, words) or may_not_know_us_yet(status, words)


def is_foreign(answer: Answer) -> bool:
    """Whether somebody between us and Kubernetes says no, with a page of its own."""
    return answer.is_page and answer.status < 500 and answer.status not in {408, 429}


def is_forbidden_by_rbac(answer: Answer) -> bool:
    """Whether a 403 is about the caller's rights.

    Admission (webhooks, a closing namespace) answers 403 as well, about the object.
    """
    return answer.status == 403 and " cannot " in answer.words and "User " in answer.words


def failure_class(answer: Answer, what: str = "") -> FailureClass:
    """The class of an answer that is not a success and that nobody handles.

    401 comes only after fresh tokens were tried, and may be another answer minutes later, as a
    403 for a role that is not found; 409 comes after somebody else wrote each time in between.

    Args:
        answer: what it answered.
        what: verb and resource, such as `list nodes`.
    """
    if answer.status == 403 and not passes(answer):
        return FailureClass.NEEDS_A_PERSON
    if answer.status == 409 or may_retry(answer, what):
        return FailureClass.RETRY_SOON
    return FailureClass.BUG


def error_of(what: str, answer: Answer) -> UpgradeError:
    """The error to raise for an answer nobody handles.

    Args:
        what: verb and resource, such as `list nodes`.
        answer: the answer that is not a success.
    """
    if is_foreign(answer):
        words = f"HTTP {answer.status} and {words_inside(answer)}, which is not Kubernetes' answer"
        problem = Problem(what, f"it was answered with {words}", LET_THROUGH)
        return Refused(f"`{what}` does not reach Kubernetes", [problem])
    if answer.status == 401 or _says_no(answer):
        return _refused(what, answer)
    if failure_class(answer, what) is FailureClass.RETRY_SOON:
        return Unreachable(
            f"Kubernetes asks for patience at `{what}`: {words_inside(answer)}. Try again later"
        )
    return UnexpectedResponse(
        f"Kubernetes answered `{what}` with HTTP {answer.status} {answer.reason}:"
        f" {words_inside(answer)}. Nothing more was changed; read its words,"
        " correct the cause and repeat this step"
    )


def _says_no(answer: Answer) -> bool:
    """Whether it says no to us, and not that nobody is served at this moment."""
    return answer.status == 403 and not is_starting(answer.status, answer.words)


def _refused(what: str, answer: Answer) -> Refused:
    """What a person has to give us; tried for some minutes where that may be on its way."""
    title, remedy = f"Kubernetes forbids `{what}`", _RIGHTS
    if answer.status == 401:
        title, remedy = f"Kubernetes does not know us at `{what}`", _CREDENTIALS
    elif lacks_roles(answer.status, answer.words):
        remedy = f"{_RIGHTS}, and take away bindings of roles that are not there"
    early = may_not_know_us_yet(answer.status, answer.words)
    return Refused(
        title,
        [Problem(what, words_inside(answer), remedy)],
        credentials=early,
        tries=TRIES_OF_A_STRANGER if early else None,
    )


_RIGHTS = "give the role's Kubernetes group the rules of docs/permissions.md"
_CREDENTIALS = (
    "give the role of the AWS connection an access entry (or a line in aws-auth) of this cluster,"
    " or the Kubernetes connection a credential that is good, and check the clock of the machine;"
    " see docs/permissions.md"
)


def words_inside(answer: Answer) -> str:
    """The server's words without a full stop at the end, to stand inside a sentence."""
    return answer.words.rstrip(".")


def no_connection(what: str, endpoint: str, error: BaseException) -> Unreachable:
    """The error for a connection that did not come about or broke off."""
    why = shortened(f"{type(error).__name__}: {error}")
    return Unreachable(
        f"Kubernetes at {endpoint} could not be reached for `{what}`: {why}."
        " Check that the endpoint's network access and DNS allow this machine, then try again"
    )
