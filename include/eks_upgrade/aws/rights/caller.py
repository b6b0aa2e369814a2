"""Whose policies IAM is asked about, by what GetCallerIdentity tells. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

import re
from dataclasses import dataclass

_SESSION = re.compile(
    r"arn:(?P<partition>[\w-]+):sts::(?P<account>\d{12}):assumed-role/(?P<role>[^/]+)/.+"
)
_ENTITY = re.compile(r"arn:[\w-]+:iam::\d{12}:(user|role|group)/.+")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose policies IAM is to be asked about.

    Attributes:
        arn: of a user, or of the role whose session this is; '' when there is none to ask about.
        role: the role's name, when `arn` was made of a session's: its path is not known.
        why: why there is none.
    """

    arn: str = ""
    role: str = ""
    why: str = ""


def caller_of(identity: str) -> Caller:
    """Who stands behind the ARN of GetCallerIdentity.

    IAM takes the ARN of a user or role; that of a role's session is refused. A session's ARN has
    the role's name and not its path: `arn:aws:iam::…:role/teams/payments/upgrader` is
    `assumed-role/upgrader/…`.
    """
    session = _SESSION.fullmatch(identity)
    if session:
        arn = f"arn:{session['partition']}:iam::{session['account']}:role/{session['role']}"
        return Caller(arn, session["role"])
    if _ENTITY.fullmatch(identity):
        return Caller(identity)
    if identity.endswith(":root"):
        return Caller(why="the account's root user has no policies that IAM could be asked about")
    if ":federated-user/" in identity:
        return Caller(why="IAM does not tell the rights of a federated user's session")
    return Caller(why=f"IAM cannot be asked about a caller like {identity or 'nobody'}")
