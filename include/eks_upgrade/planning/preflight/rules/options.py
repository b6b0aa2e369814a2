"""Parameters that contradict one another or themselves; nothing of AWS is needed to see it.

The form refuses most of this already; a run started by the REST API or by another DAG never
saw the form.
"""

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from include.eks_upgrade.common.errors import Problem, Refused, UpgradeError
from include.eks_upgrade.common.text import first_few, nearest
from include.eks_upgrade.common.versions import read_minor
from include.eks_upgrade.drain.blocked.policy import check_when_blocked, parameter_of
from include.eks_upgrade.drain.options import DrainOptions, word_problems
from include.eks_upgrade.nodes.images.choice import AMI_FAMILIES, AMI_SOURCES, AmiChoice
from include.eks_upgrade.nodes.managed.keep_at import KEEP_AT, SIZE
from include.eks_upgrade.nodes.managed.new_group.smoke_test import smoke_test_problems
from include.eks_upgrade.planning.approval.points import approval_problems
from include.eks_upgrade.planning.hops.model import RollNodes
from include.eks_upgrade.request import UpgradeRequest

CONFLICTS = ("PRESERVE", "OVERWRITE", "NONE")

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_IMAGE_ID = re.compile(r"ami-([0-9a-f]{8}|[0-9a-f]{17})")
_OWNER = re.compile(r"\d{12}|amazon|self|aws-marketplace")


def option_problems(request: UpgradeRequest) -> tuple[Problem, ...]:
    """Every contradiction in the request, each about the parameter it is in."""
    return (
        *_identity(request),
        *_words(request),
        *_image_source(request.ami),
        *drain_problems(request.drain),
        *_recovery(request),
        *approval_problems(request.approval),
        *_keeping(request),
        *_bounds(request),
        *_times(request),
        *_prices(request.dollars_per_hour),
        *smoke_test_problems(
            request.smoke_test_image,
            request.smoke_test_command,
            request.smoke_test_namespace,
            request.smoke_test_service_account,
        ),
    )


def drain_problems(drain: DrainOptions) -> tuple[Problem, ...]:
    """What a drain's own parameters contradict, by the names of docs/parameters.md."""
    times = ("delete_blocked_after", "unready_patience", "job_patience")
    return (
        *_blocked(drain),
        *_grace(drain.grace_period_seconds),
        *time_problems(
            {
                "drain_timeout_minutes": drain.timeout_minutes,
                **{f"{name}_minutes": getattr(drain, f"{name}_minutes") for name in times},
            }
        ),
    )


def time_problems(waits: Mapping[str, float]) -> Iterator[Problem]:
    """Parameters, by name, that say for how long something is waited for, and cannot."""
    for name, value in waits.items():
        if value <= 0:
            yield Problem(name, f"{value} is not a time to wait", "give a number above zero")


def early_problems(request: UpgradeRequest) -> tuple[Problem, ...]:
    """What is wrong before anything is known of the cluster.

    A region that is not given is no problem yet: the connection may have one.
    """
    found = [one for one in option_problems(request) if request.region or one.subject != "region"]
    if request.target_version and read_minor(request.target_version) is None:
        what = f"{request.target_version!r} is not a Kubernetes version"
        found.append(Problem("target_version", what, "write it like 1.36, or leave it empty"))
    return tuple(found)


def region_word(region: str) -> list[Problem]:
    """What is wrong with a region that cannot be the name of one; nothing of an empty one."""
    if not region or _REGION.fullmatch(region):
        return []
    what = f"{region!r} is not the name of an AWS region"
    return [Problem("region", what, "write it like eu-central-1")]


def role_word(role_arn: str) -> list[Problem]:
    """What is wrong with a role that cannot be the ARN of one; nothing of an empty one."""
    if not role_arn or _ROLE.fullmatch(role_arn):
        return []
    what = f"{role_arn!r} is not the ARN of an IAM role"
    remedy = "write it like arn:aws:iam::111111111111:role/eks-fleet, or leave it empty"
    return [Problem("role_arn", what, remedy)]


def unknown_parameters(given: Iterable[str], known: Collection[str]) -> list[Problem]:
    """Names that no parameter has; Airflow itself takes them without a word.

    Args:
        given: what a run was given, by name.
        known: the parameters there are; without any, nothing is looked at.
    """
    strange = [name for name in given if name not in known] if known else []
    return [_unknown(name, known) for name in strange]


FORMER = {
    "when_blocked": (
        "it is one parameter for each class of blocked pods now",
        'for {"when_blocked": {"never_allowed": "ask"}} write {"when_never_allowed": "ask"}',
    )
}
"""Parameters of earlier releases: what became of each, and how it is written now."""


def _unknown(name: str, known: Collection[str]) -> Problem:
    if name in FORMER:
        return Problem(f"parameter {name!r}", *FORMER[name])
    meant = nearest(name, known)
    remedy = f"write {meant}" if meant else f"leave it out; there are {first_few(known, 60)}"
    return Problem(f"parameter {name!r}", "there is none of this name", remedy)


@contextmanager
def told_together(
    refuse: Callable[[list[Problem]], Refused], known: Sequence[Problem]
) -> Iterator[None]:
    """Let what the block meets be told in one refusal with the problems that are known already.

    Args:
        refuse: makes the refusal.
        known: what was seen before AWS was asked. What the block says of the same parameter
            replaces it: there, more is known.

    Raises:
        Refused: with all of them, if there is any.
    """
    try:
        yield
    except UpgradeError as error:
        if not known:
            raise
        met = error.problems if isinstance(error, Refused) else (_unread(error),)
        told = {one.subject for one in met}
        raise refuse([*(one for one in known if one.subject not in told), *met]) from error
    if known:
        raise refuse(list(known))


def _unread(error: UpgradeError) -> Problem:
    remedy = "put right what else is named here; the cluster is looked at again then"
    return Problem("the cluster", f"it could not be read: {error}", remedy)


def _identity(request: UpgradeRequest) -> Iterator[Problem]:
    if not request.region:
        yield Problem("region", "it is empty", "set region to the AWS region of the cluster")
    yield from region_word(request.region)
    yield from role_word(request.role_arn)
    twice = sorted({name for name in request.node_groups if request.node_groups.count(name) > 1})
    if twice:
        yield Problem("node_groups", f"{', '.join(twice)} named twice", "name each group once")


def _words(request: UpgradeRequest) -> Iterator[Problem]:
    words = (
        ("addon_conflicts", request.addon_conflicts, CONFLICTS),
        ("keep_old_group_at", request.keep_old_group_at, KEEP_AT),
        ("ami_source", request.ami.source, AMI_SOURCES),
        ("ami_family", request.ami.family, AMI_FAMILIES),
        ("roll_nodes", request.roll_nodes, tuple(RollNodes)),
    )
    for name, word, known in words:
        if word not in known:
            yield Problem(name, f"{word!r} is not known", f"choose one of {', '.join(known)}")


def _image_source(ami: AmiChoice) -> Iterator[Problem]:
    missing, unused = list(_missing_names(ami)), list(_unused_names(ami))
    yield from missing
    for source, problem in unused:
        # Of several, each would name another source.
        alone = len(missing) + len(unused) == 1
        either = f"set ami_source={source} or " if alone else ""
        yield replace(problem, remedy=f"{either}{problem.remedy}")
    if ami.source == "image_id" and ami.image_id and not _IMAGE_ID.fullmatch(ami.image_id):
        what = f"{ami.image_id!r} is not an AMI id"
        yield Problem("ami_id", what, "write it like ami-0123456789abcdef0")
    if ami.source == "name_pattern" and not _OWNER.fullmatch(ami.owner):
        what = f"{ami.owner!r} is no owner of images"
        yield Problem(
            "ami_owner", what, "give a 12-digit account id, amazon, self or aws-marketplace"
        )


def _missing_names(ami: AmiChoice) -> Iterator[Problem]:
    """What the image's source needs and is not given."""
    if ami.source == "image_id" and not ami.image_id:
        yield Problem("ami_id", "ami_source is image_id and no id is given", "give ami_id")
    if ami.source == "name_pattern" and not ami.name_pattern:
        what = "ami_source is name_pattern and no pattern is given"
        yield Problem("ami_name_pattern", what, "give ami_name_pattern")


def _unused_names(ami: AmiChoice) -> Iterator[tuple[str, Problem]]:
    """What is given and not used, with the source that would use it."""
    not_used = f"but ami_source is {ami.source}, which does not use it"
    if ami.source != "image_id" and ami.image_id:
        what = f"{ami.image_id} is given, {not_used}"
        yield "image_id", Problem("ami_id", what, "empty ami_id")
    if ami.source != "name_pattern" and ami.name_pattern:
        what = f"a pattern is given, {not_used}"
        yield "name_pattern", Problem("ami_name_pattern", what, "empty ami_name_pattern")
    if ami.source != "eks_optimized" and ami.replace_custom_image:
        what = f"it is set, but ami_source is {ami.source}, which names the new image itself"
        remedy = "unset replace_custom_image"
        yield "eks_optimized", Problem("replace_custom_image", what, remedy)


def _blocked(drain: DrainOptions) -> Iterator[Problem]:
    yield from check_when_blocked(
        drain.when_blocked, may_delete=drain.may_delete_blocked_pods, named=parameter_of("{}")
    )
    for name in ("delete_pause_seconds", "load_balancer_drain_seconds"):
        if (seconds := getattr(drain, name)) < 0:
            yield Problem(name, f"{seconds} is below zero", "give seconds from zero on")
    yield from word_problems(drain)
    if drain.requests_per_second < 1:
        what = f"{drain.requests_per_second} is too few to follow the pods of a drain"
        yield Problem("kubernetes_requests_per_second", what, "give one request a second or more")


def _recovery(request: UpgradeRequest) -> Iterator[Problem]:
    if request.recovery.may_delete_asg and not request.recovery.may_unprotect:
        what = "it is allowed although may_unprotect, the gentler rung before it, is not"
        yield Problem("may_delete_asg", what, "allow may_unprotect too, or forbid may_delete_asg")


def _prices(given: object) -> Iterator[Problem]:
    """Prices that are none; the form takes any JSON object."""
    remedy = 'write them like {"m5.large": 0.107, "extended": 0.6}'
    if not isinstance(given, Mapping):
        yield Problem("dollars_per_hour", f"{given!r} is no prices by name", remedy)
        return
    for name, dollars in given.items():
        number = isinstance(dollars, int | float) and not isinstance(dollars, bool)
        if not number or not 0 <= dollars < math.inf:
            yield Problem("dollars_per_hour", f"{dollars!r} is no price of {name!r}", remedy)


def _keeping(request: UpgradeRequest) -> Iterator[Problem]:
    minutes, at = request.keep_old_group_minutes, request.keep_old_group_at
    if minutes < 0:
        what = f"{minutes} is below zero"
        yield Problem("keep_old_group_minutes", what, "give minutes, or 0 to keep no old group")
    if minutes == 0 and at != SIZE and at in KEEP_AT:
        what = f"it is {at}, but keep_old_group_minutes is 0, so no old group is kept"
        remedy = f"give keep_old_group_minutes, or set keep_old_group_at to {SIZE}"
        yield Problem("keep_old_group_at", what, remedy)


def _bounds(request: UpgradeRequest) -> Iterator[Problem]:
    if not 1 <= request.ready_percent <= 100:
        what = f"{request.ready_percent} is not a percentage of nodes to wait for"
        yield Problem("ready_percent", what, "give a number from 1 to 100")
    if request.extra_nodes < 0:
        what = f"{request.extra_nodes} is below zero"
        yield Problem("extra_nodes", what, "give zero or more nodes")
    if request.hop_bake_minutes < 0:
        what = f"{request.hop_bake_minutes} is below zero"
        yield Problem("hop_bake_minutes", what, "give minutes, or 0 to go on at once")
    if request.max_groups_at_once < 1:
        what = f"{request.max_groups_at_once} groups at a time would never begin"
        yield Problem("max_groups_at_once", what, "give one or more")


def _grace(grace: int | None) -> Iterator[Problem]:
    if grace is not None and grace < 0:
        what = f"{grace} is below zero"
        remedy = "give seconds from zero on, or leave it empty to respect each pod's own"
        yield Problem("pod_grace_period_seconds", what, remedy)


def _times(request: UpgradeRequest) -> Iterator[Problem]:
    limits = request.limits
    minutes = {name: value for name, value in vars(limits).items() if name.endswith("_minutes")}
    yield from time_problems({**minutes, "poll_seconds": limits.poll_seconds})
    worse, limit = request.worse_minutes, limits.node_group_minutes
    if worse < 0:
        what = f"{worse} is below zero"
        yield Problem("worse_minutes", what, "give minutes, or 0 to let every look count by itself")
    elif worse >= limit > 0:
        what = (
            f"{worse} is not below node_group_minutes={limit}, so the wait ends before it is known"
        )
        yield Problem("worse_minutes", what, "lower it or raise node_group_minutes")
    if limits.deletion_stall_minutes > limits.deletion_minutes:
        what = (
            f"{limits.deletion_stall_minutes} is beyond deletion_minutes={limits.deletion_minutes}"
        )
        remedy = "a stall must be noticed before the limit: lower it or raise deletion_minutes"
        yield Problem("deletion_stall_minutes", what, remedy)
