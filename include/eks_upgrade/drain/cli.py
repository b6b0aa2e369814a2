"""The command line of a drain: kubectl's flags in, a target and options out. Reads no cluster."""

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, TypeVar

from include.eks_upgrade.common.errors import Problem, Refused
from include.eks_upgrade.common.go_duration import seconds_of
from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.blocked.policy import Action, check_when_blocked
from include.eks_upgrade.drain.options import (
    DEFAULTS,
    RUNNING_JOBS,
    SINGLE_REPLICAS,
    UNBUDGETED_WORKLOADS,
    DrainOptions,
)
from include.eks_upgrade.drain.order.window import nodes_at_once_problem
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.objects import EXCLUDED
from include.eks_upgrade.kube.selectors import parse_selector

T = TypeVar("T")

NODE_PREFIXES = ("node/", "nodes/", "no/")

SWITCHES = {
    "--ignore-daemonsets": "leave pods of DaemonSets where they are",
    "--delete-emptydir-data": "move pods with emptyDir volumes; what is in these is lost",
    "--force": "remove pods that no controller starts again",
    "--disable-eviction": "delete instead of evicting: NO disruption budget is looked at",
}
"""kubectl's flags that take no value, and what they allow."""

DESCRIPTION = """\
Empty nodes as `kubectl drain` does, all of them at once: each pod is evicted the moment its
disruption budget allows it, and every pod that waits says why.
"""

_CLASS = {
    BlockClass.BUDGET_FULL: "its budget has no room now; passes when other pods become Ready",
    BlockClass.NEVER_ALLOWED: "its budget can never have room as things are",
    BlockClass.NEVER_HEALTHY: "a pod that never becomes Ready uses its budget up",
    BlockClass.REFUSED: "a webhook or another rule of the API server refuses it",
    BlockClass.SLOW_TO_STOP: "it was told to stop and is still there",
    BlockClass.NOWHERE_TO_GO: "its replacement finds no node",
    BlockClass.WORKLOAD_UNREADY: "it has no budget, and too few pods of its workload are Ready",
}

CLASSES = "\n".join(f"    {kind:17} {_CLASS[kind]}" for kind in BlockClass)

EPILOG = f"""\
blocked pods, one --when-blocked for each class that is not simply to wait:
  CLASS is why a pod is still there:
{CLASSES}
  ANSWER is what to do about it:
    wait           until --timeout (the default)
    fail           end at once, naming every pod that is left
    restart        restart the rollout of its Deployment, which starts the new pod first
    delete         past its budget, one at a time; only with --may-delete-blocked-pods

examples:
  python -m include.eks_upgrade.drain -l eks.amazonaws.com/nodegroup=blue --ignore-daemonsets
  python -m include.eks_upgrade.drain node-1 node-2 --timeout 30m --when-blocked refused=fail
  python -m include.eks_upgrade.drain node-1 --dry-run=client

Exit code 0: no pod is left that has to go. 1: anything else, and standard error says what.
Nodes stay cordoned either way; `kubectl uncordon NODE` takes them back, and
`kubectl label node NODE {EXCLUDED}-`
takes off what --exclude-from-load-balancers put on.
"""


class _Parser(argparse.ArgumentParser):
    """Ends with 1 on a wrong command line, as kubectl does."""

    def error(self, message: str) -> NoReturn:
        print(f"error: {message}\nSee --help.", file=sys.stderr)
        raise SystemExit(1)


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, read and checked; prints what is wrong and exits 1 otherwise."""
    parser = _parser()
    args = parser.parse_intermixed_args(_plain(sys.argv[1:] if argv is None else argv))
    args.nodes = tuple(dict.fromkeys(map(_node_name, args.nodes)))
    if args.nodes and args.selector:
        parser.error("cannot specify both a node name and a --selector option")
    if not args.nodes and not args.selector:
        parser.error("name the nodes to drain, or select them with --selector")
    if args.json and not args.json.absolute().parent.is_dir():
        parser.error(f"--json: there is no folder {args.json.parent}")
    wrong = _when_blocked_problems(args)
    if wrong:
        parser.error("\n".join(map(str, wrong)))
    return args


def target_of(args: argparse.Namespace) -> Target:
    """Which nodes are to be drained."""
    return Target.labelled(args.selector) if args.selector else Target.named(args.nodes)


def options_of(args: argparse.Namespace) -> DrainOptions:
    """What the drain may do."""
    return DrainOptions(
        ignore_daemonsets=args.ignore_daemonsets,
        delete_emptydir_data=args.delete_emptydir_data,
        force_unmanaged_pods=args.force,
        grace_period_seconds=None if args.grace_period < 0 else args.grace_period,
        timeout_minutes=(args.timeout or math.inf) / 60,
        pod_selector=args.pod_selector,
        disable_eviction=args.disable_eviction,
        dry_run=args.dry_run == "server",
        requests_per_second=args.requests_per_second,
        when_blocked=dict(args.when_blocked),
        may_delete_blocked_pods=args.may_delete_blocked_pods,
        delete_blocked_after_minutes=args.delete_blocked_after / 60,
        delete_pause_seconds=args.delete_pause,
        # kubectl leaves the load balancers to others, and nobody would lift the label here.
        load_balancer_drain_seconds=DEFAULTS.load_balancer_drain_seconds
        if args.exclude_from_load_balancers
        else 0,
        unbudgeted_workloads=args.unbudgeted_workloads,
        unready_patience_minutes=args.unready_patience / 60,
        single_replicas=args.single_replicas,
        nodes_at_once=args.nodes_at_once,
        running_jobs=args.running_jobs,
        job_patience_minutes=args.job_patience / 60,
    )


def _plain(argv: Sequence[str]) -> list[str]:
    """The command line with `--force=true` as `--force`, and without `--force=false`."""
    yes = {f"{name}=true": name for name in SWITCHES}
    no = {f"{name}=false" for name in SWITCHES}
    return [yes.get(word, word) for word in argv if word not in no]


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m include.eks_upgrade.drain",
        usage="%(prog)s NODE... | --selector LABELS [options]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=30, width=96
        ),
        allow_abbrev=False,
    )
    parser.add_argument(
        "nodes", nargs="*", metavar="NODE", help="nodes by name; -l finds them by label"
    )
    _add_places(parser.add_argument_group("where"))
    _add_kubectl_flags(parser.add_argument_group("what may be done (kubectl's flags)"))
    _add_own_flags(parser.add_argument_group("what kubectl does not have"))
    return parser


def _add_places(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--kubeconfig", metavar="FILE", help="default: $KUBECONFIG, then ~/.kube/config"
    )
    group.add_argument("--context", metavar="NAME", help="default: the current one")
    group.add_argument(
        "-l",
        "--selector",
        type=_argument(_selector),
        default="",
        metavar="LABELS",
        help="nodes by label, such as a=b,c!=d",
    )


def _add_kubectl_flags(group: argparse._ArgumentGroup) -> None:
    for name, text in SWITCHES.items():
        group.add_argument(name, action="store_true", help=text)
    group.add_argument(
        "--grace-period",
        type=int,
        default=-1,
        metavar="SECONDS",
        help="for each pod to stop; default: each pod's own",
    )
    group.add_argument(
        "--timeout",
        type=_argument(seconds_of),
        default=0.0,
        metavar="5m",
        help="give up after this time; 0, the default, never",
    )
    group.add_argument(
        "--pod-selector",
        type=_argument(_selector),
        default="",
        metavar="LABELS",
        help="only pods with these labels",
    )
    group.add_argument(
        "--dry-run",
        choices=("none", "client", "server"),
        default="none",
        help="client: say what would go; server: ask the API server as well",
    )


def _add_own_flags(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--when-blocked",
        action="append",
        type=_argument(_pair),
        default=[],
        metavar="CLASS=ANSWER",
        help="see below; may be repeated",
    )
    group.add_argument(
        "--may-delete-blocked-pods", action="store_true", help="allows the answer delete"
    )
    group.add_argument(
        "--delete-blocked-after",
        type=_argument(seconds_of),
        default=DEFAULTS.delete_blocked_after_minutes * 60,
        metavar="30m",
        help="how long a pod must have been blocked before it is deleted",
    )
    group.add_argument(
        "--delete-pause",
        type=_argument(seconds_of),
        default=DEFAULTS.delete_pause_seconds,
        metavar="60s",
        help="between two such deletions",
    )
    group.add_argument(
        "--exclude-from-load-balancers",
        action="store_true",
        help=f"label each empty node {EXCLUDED}, so that load balancers let go of it",
    )
    group.add_argument(
        "--unbudgeted-workloads",
        choices=UNBUDGETED_WORKLOADS,
        default=DEFAULTS.unbudgeted_workloads,
        help="pods without a budget: as many as their workload's own strategy lets go (rolling,"
        " the default), or all",
    )
    group.add_argument(
        "--unready-patience",
        type=_argument(seconds_of),
        default=DEFAULTS.unready_patience_minutes * 60,
        metavar="10m",
        help="after this time a workload without a budget that has not recovered goes on one pod"
        " at a time",
    )
    group.add_argument(
        "--single-replicas",
        choices=SINGLE_REPLICAS,
        default=DEFAULTS.single_replicas,
        help="a Deployment's only pod: evict it (the default), or restart the rollout, which"
        " starts the new pod first",
    )
    group.add_argument(
        "--nodes-at-once",
        type=_argument(_nodes_at_once),
        default=DEFAULTS.nodes_at_once,
        metavar="N",
        help="empty so many nodes at the same time, such as 3 or 25%% (default: all); all are"
        " cordoned at once",
    )
    group.add_argument(
        "--running-jobs",
        choices=RUNNING_JOBS,
        default=DEFAULTS.running_jobs,
        help="pods of Jobs at work: wait until they have ended (the default), or evict them as"
        " kubectl does",
    )
    group.add_argument(
        "--job-patience",
        type=_argument(seconds_of),
        default=DEFAULTS.job_patience_minutes * 60,
        metavar="1h",
        help="how long Jobs are waited for before their pods are evicted all the same",
    )
    group.add_argument(
        "--requests-per-second",
        type=_argument(_rate),
        default=DEFAULTS.requests_per_second,
        metavar="N",
        help="at most so many requests to the API server (default: %(default)g)",
    )
    group.add_argument(
        "--json", type=Path, metavar="FILE", help="write what happened to each pod to FILE"
    )


def _argument(read: Callable[[str], T]) -> Callable[[str], T]:
    """`read`, with its own message in argparse's."""

    def wrapped(text: str) -> T:
        try:
            return read(text)
        except (ValueError, Refused) as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return wrapped


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


def _selector(text: str) -> str:
    parse_selector(text)
    return text


def _node_name(text: str) -> str:
    for prefix in NODE_PREFIXES:
        if text.startswith(prefix):
            return text.removeprefix(prefix)
    return text


def _when_blocked_problems(args: argparse.Namespace) -> list[Problem]:
    """What is wrong with the answers; `ask` needs somewhere to put a question."""
    wanted = dict(args.when_blocked)
    found = check_when_blocked(wanted, may_delete=True)
    for kind, action in wanted.items():
        subject = f"--when-blocked {kind}={action}"
        if action == Action.ASK:
            remedy = f"use {Action.FAIL} here, look, and start the drain again"
            found.append(Problem(subject, "there is nobody to ask on a command line", remedy))
        if action == Action.DELETE and not args.may_delete_blocked_pods:
            remedy = "give --may-delete-blocked-pods, or choose another answer"
            found.append(Problem(subject, "it goes past disruption budgets", remedy))
    return found
