"""Texts of the fleet file that have to be something: a region, a zone, the ARN of a role."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from string import Formatter
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from include.eks_upgrade.common.text import nearest
from include.eks_upgrade.fleet.file.worded import Misfit, judged_by
from include.eks_upgrade.fleet.windows.cron import cron_problem
from include.eks_upgrade.fleet.windows.wall_clock import zone_problem
from include.eks_upgrade.planning.preflight.rules.options import region_word
from include.eks_upgrade.verification import user_pod

ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::(?P<account>\d{12}):role/.+")
PLACEHOLDERS = ("cluster", "region", "account")
IN_COMMANDS = re.compile(r"(?<!\$)\{(\w+)\}", re.ASCII)
"""A placeholder in a word of a command, where `${HOME}`, `{}` and `{print $1}` are none."""
_ACCOUNT = re.compile(r"\d{12}")
_VERSION = re.compile(r"\d+\.\d+")
_FIRST_YEAR, _LAST_YEAR = 1971, 2999
_MOMENT = "2027-01-08T06:00:00+01:00"


def _region(text: str) -> tuple[str, str] | None:
    if not text:
        return "it is empty", "write the name of a region, eu-central-1 say"
    return next(((each.what, each.remedy) for each in region_word(text)), None)


@cache
def _zone(text: str) -> tuple[str, str] | None:
    return _split(zone_problem(text))


def _cron(text: str) -> tuple[str, str] | None:
    return _split(problem) if (problem := cron_problem(text)) else None


def _split(problem: str) -> tuple[str, str] | None:
    """A sentence `what; remedy` of the rooms that judge times."""
    what, _, remedy = problem.partition("; ")
    return (what, remedy or "docs/fleet.md has examples") if problem else None


def _account(text: str) -> tuple[str, str] | None:
    if not text or _ACCOUNT.fullmatch(text):
        return None
    return f"{text!r} is not the id of an account", 'write its twelve digits: "111111111111"'


def _version(text: str) -> tuple[str, str] | None:
    if not text or _VERSION.fullmatch(text):
        return None
    return f"{text!r} is not a minor version of Kubernetes", 'write it like "1.34"'


def _role_arn(text: str) -> tuple[str, str] | None:
    if not text or ROLE_ARN.fullmatch(text):
        return None
    example = "arn:aws:iam::111111111111:role/eks-upgrade"
    return f"{text!r} is not the ARN of a role", f"write it like {example}"


def _role_name(text: str) -> tuple[str, str] | None:
    if not text:
        return "it is empty", "write the name of the role"
    if not text.startswith("arn:"):
        return None
    name = text.rpartition("/")[2]
    return "it is an ARN, which differs from account to account", f"write the name alone: {name}"


def _ring(text: str) -> tuple[str, str] | None:
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,39}", text):
        return None
    what = f"{text!r} cannot be a part of a task's name"
    return what, "begin with a letter; then up to 39 letters, digits, `_` and `-`"


def _address(text: str) -> tuple[str, str] | None:
    if not re.match(r"https?://[^/]", text):
        return f"{text!r} is no address", "begin it with https:// or http:// and the host"
    try:
        named = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError:
        return f"{text!r} has a single bracket", "write {cluster}, with both brackets"
    return _strange(named) or _unreachable(text.format_map(dict.fromkeys(PLACEHOLDERS, "a")))


def _unreachable(url: str) -> tuple[str, str] | None:
    """What nobody could ask: it would make every cluster unhealthy, after its upgrade."""
    try:
        split = urlsplit(url)
        readable = split.hostname and split.port != 0 and not re.search(r"\s", url)
    except ValueError:  # of a port or an IPv6 address
        readable = False
    if readable:
        return None
    return f"{url!r} is no address", "write it like https://shop.example.com:8443/health"


def _strange(named: Iterable[str]) -> tuple[str, str] | None:
    """What is wrong with the first placeholder that is none."""
    strange = next((name for name in named if name not in PLACEHOLDERS), None)
    if strange is None:
        return None
    there = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
    meant = nearest(strange, PLACEHOLDERS)
    what = f"nothing is filled in for {{{strange}}}"
    return what, f"write {{{meant}}}" if meant else f"there are {there}"


def _command_word(text: str) -> tuple[str, str] | None:
    if not text:
        return "it is an empty word", "write something, or take it away"
    problem = _strange(IN_COMMANDS.findall(text))
    if not problem:
        return None
    return problem[0], f"{problem[1]}; brackets that stay as they are take blanks inside: {{ x }}"


def _moment(value: Any) -> Any:
    """Pydantic by itself takes quoted digits for seconds since 1970."""
    if isinstance(value, datetime):
        return value
    try:
        if re.match(r"\s*\d{4}-\d{2}-\d{2}", str(value), re.ASCII):
            return datetime.fromisoformat(str(value).strip())
    except ValueError:
        pass
    raise Misfit(f"a moment is wanted, and {value!r} is not", f"write it like {_MOMENT}")


def _expires(moment: datetime) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        what = f"{moment.isoformat()} is no moment at which a bypass could end"
        raise Misfit(what, f"write it like {_MOMENT}")
    return moment


def _shown(pattern: str) -> Any:
    """What an editor can see of the rule; pydantic does not ask it."""
    return Field(json_schema_extra={"pattern": pattern})


Text = Annotated[str, Field(min_length=1)]
Region = Annotated[str, judged_by(_region), _shown(r"^[a-z]{2,4}(-[a-z]+)+-\d+$")]
Zone = Annotated[str, judged_by(_zone), _shown(r"^[A-Za-z]")]
Cron = Annotated[str, judged_by(_cron), _shown(r"^\s*(\S+\s+){4}\S+\s*$")]
AccountId = Annotated[str, judged_by(_account), _shown(r"^(\d{12})?$")]
Until = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_expires)]
Version = Annotated[str, judged_by(_version), _shown(r"^(\d+\.\d+)?$")]
RoleArn = Annotated[str, judged_by(_role_arn), _shown(r"^(arn:aws[\w-]*:iam::\d{12}:role/.+)?$")]
RoleName = Annotated[str, judged_by(_role_name), _shown(r"^(?!arn:).")]
RingName = Annotated[str, judged_by(_ring), _shown(r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
Address = Annotated[str, judged_by(_address), _shown(r"^https?://[^/]")]
CommandWord = Annotated[str, judged_by(_command_word), _shown(r".")]
Image = Annotated[str, judged_by(user_pod.image_problem), _shown(f"^{user_pod.IMAGE}$")]
Namespace = Annotated[str, judged_by(user_pod.namespace_problem), _shown(f"^{user_pod.NAMESPACE}$")]
ServiceAccount = Annotated[
    str,
    judged_by(user_pod.service_account_problem),
    _shown(f"^({user_pod.SERVICE_ACCOUNT})?$"),
]
