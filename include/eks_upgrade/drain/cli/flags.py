"""The flags of the command line, a line each: name, value, default, help."""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.common.time.go_duration import seconds_of
from include.eks_upgrade.drain.options import (
    DEFAULTS,
    RUNNING_JOBS,
    SINGLE_REPLICAS,
    UNBUDGETED_WORKLOADS,
)
from include.eks_upgrade.drain.order.window import nodes_at_once_problem
from include.eks_upgrade.kube.objects import EXCLUDED
from include.eks_upgrade.kube.selectors import parse_selector

T = TypeVar("T")


@dataclass(frozen=True)
class Flag:
    """One flag.

    Attributes:
        name: `--timeout`.
        help: one line.
        value: how its value is shown, such as `5m`; empty: it is a switch.
        default: what holds without it.
        read: makes a value of the text; ValueError and Refused say what is wrong with it.
        choices: the words it takes; `value` is not needed then.
        short: `-l`.
        repeated: whether it may be given several times.
    """

    name: str
    help: str
    value: str = ""
    default: Any = None
    read: Callable[[str], Any] = str
    choices: tuple[str, ...] = ()
    short: str = ""
    repeated: bool = False

    def add_to(self, group: "argparse._ArgumentGroup") -> None:
        """Make argparse know it."""
        names = [self.short, self.name] if self.short else [self.name]
        if not self.value and not self.choices:
            group.add_argument(*names, action="store_true", help=self.help)
            return
        shown = {"choices": self.choices} if self.choices else {"metavar": self.value}
        group.add_argument(
            *names,
            **shown,
            type=_in_own_words(self.read),
            action="append" if self.repeated else "store",
            default=self.default,
            help=self.help,
        )


def _in_own_words(read: Callable[[str], T]) -> Callable[[str], T]:
    """`read`, with its own message in argparse's."""

    def wrapped(text: str) -> T:
        try:
            return read(text)
        except (ValueError, Refused) as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return wrapped


def _selector(text: str) -> str:
    parse_selector(text)
    return text


def _nodes_at_once(text: str) -> str:
    wrong = nodes_at_once_problem(text)
    if wrong:
        raise ValueError(wrong.what)
    return text


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate < math.inf:
        raise ValueError(f"'{text}' is no rate above 0")
    return rate


def _pair(text: str) -> tuple[str, str]:
    kind, equals, action = text.partition("=")
    if not equals:
        raise ValueError(f"'{text}' is not CLASS=ANSWER")
    return kind, action


def _seconds(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"'{text}' is no whole number of seconds") from None


PLACES = (
    Flag("--kubeconfig", "default: $KUBECONFIG, then ~/.kube/config", "FILE"),
    Flag("--context", "default: the current one", "NAME"),
    Flag("--selector", "nodes by label, such as a=b,c!=d", "LABELS", "", _selector, short="-l"),
    Flag("--allow-empty", "exit with 0, not 1, when no node has the labels of --selector"),
)

SWITCHES = (
    Flag("--ignore-daemonsets", "leave pods of DaemonSets where they are"),
    Flag("--delete-emptydir-data", "move pods with emptyDir volumes; what is in these is lost"),
    Flag("--force", "remove pods that no controller starts again"),
    Flag("--disable-eviction", "delete instead of evicting: NO disruption budget is looked at"),
)
"""kubectl's flags that take no value, and what they allow."""

KUBECTLS = (
    *SWITCHES,
    Flag(
        "--grace-period", "for each pod to stop; default: each pod's own", "SECONDS", -1, _seconds
    ),
    Flag("--timeout", "give up after this time; 0, the default, never", "5m", 0.0, seconds_of),
    Flag("--pod-selector", "only pods with these labels", "LABELS", "", _selector),
    Flag(
        "--dry-run",
        "client: say what would go; server: ask the API server as well",
        default="none",
        choices=("none", "client", "server"),
    ),
)

OWN = (
    Flag(
        "--when-blocked",
        "see below; may be repeated",
        "CLASS=ANSWER",
        [],
        _pair,
        repeated=True,
    ),
    Flag("--may-delete-blocked-pods", "allows the answer delete"),
    Flag(
        "--delete-blocked-after",
        "how long a pod must have been blocked before it is deleted",
        "30m",
        DEFAULTS.delete_blocked_after_minutes * 60,
        seconds_of,
    ),
    Flag(
        "--delete-pause",
        "between two such deletions",
        "60s",
        DEFAULTS.delete_pause_seconds,
        seconds_of,
    ),
    Flag(
        "--exclude-from-load-balancers",
        f"label each empty node {EXCLUDED}, so that load balancers let go of it",
    ),
    Flag(
        "--unbudgeted-workloads",
        "pods without a budget: as many as their workload's own strategy lets go (rolling, the"
        " default), or all",
        default=DEFAULTS.unbudgeted_workloads,
        choices=UNBUDGETED_WORKLOADS,
    ),
    Flag(
        "--unready-patience",
        "after this time a workload without a budget that has not recovered goes on one pod at a"
        " time",
        "10m",
        DEFAULTS.unready_patience_minutes * 60,
        seconds_of,
    ),
    Flag(
        "--single-replicas",
        "a Deployment's only pod: evict it (the default), or restart the rollout, which starts"
        " the new pod first",
        default=DEFAULTS.single_replicas,
        choices=SINGLE_REPLICAS,
    ),
    Flag(
        "--nodes-at-once",
        "empty so many nodes at the same time, such as 3 or 25%% (default: all); all are"
        " cordoned at once",
        "N",
        DEFAULTS.nodes_at_once,
        _nodes_at_once,
    ),
    Flag(
        "--running-jobs",
        "pods of Jobs at work: wait until they have ended (the default), or evict them as kubectl"
        " does",
        default=DEFAULTS.running_jobs,
        choices=RUNNING_JOBS,
    ),
    Flag(
        "--job-patience",
        "how long Jobs are waited for before their pods are evicted all the same",
        "1h",
        DEFAULTS.job_patience_minutes * 60,
        seconds_of,
    ),
    Flag(
        "--requests-per-second",
        "at most so many requests to the API server (default: %(default)g)",
        "N",
        DEFAULTS.requests_per_second,
        _rate,
    ),
    Flag("--json", "write what happened to each pod to FILE", "FILE", read=Path),
)
