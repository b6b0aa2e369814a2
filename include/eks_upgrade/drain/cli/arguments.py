"""The command line of a drain: kubectl's flags in, a target and options out. Reads no cluster."""

import argparse
import math
import sys
from collections.abc import Sequence
from typing import NoReturn

from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.drain.blocked.model import BlockClass
from include.eks_upgrade.drain.blocked.policy import Action, check_when_blocked
from include.eks_upgrade.drain.cli.flags import KUBECTLS, OWN, PLACES, SWITCHES
from include.eks_upgrade.drain.cli.unknown_flags import unknown_flags
from include.eks_upgrade.drain.options import DEFAULTS, DrainOptions
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.objects import EXCLUDED

GROUPS = {
    "where": PLACES,
    "what may be done (kubectl's flags)": KUBECTLS,
    "what kubectl does not have": OWN,
}
KNOWN = ("--help", *(flag.name for flags in GROUPS.values() for flag in flags))

NODE_PREFIXES = ("node/", "nodes/", "no/")

DESCRIPTION = """\
Empty nodes as `kubectl drain` does, all of them at once: each pod is evicted the moment its
disruption budget allows it, and every pod that waits says why.
"""

_CLASS = {
    BlockClass.BUDGET_FULL: "its budget has no room now; passes when other pods become Ready",
    BlockClass.NEVER_ALLOWED: "its budget can never have room as things are",
    BlockClass.NEVER_HEALTHY: "a pod that never becomes Ready uses its budget up",
    BlockClass.REFUSED: "a webhook or another rule of the API server refuses it",
    BlockClass.SLOW_TO_STOP: "it was asked to stop and is still there",
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

Exit code 0: no pod is left that has to go. 1: anything else, and standard error says what; also
when no node has the labels of --selector, unless --allow-empty is given.
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
    parser, words = _parser(), _plain(sys.argv[1:] if argv is None else argv)
    if strange := list(unknown_flags(words, KNOWN)):
        parser.error("\n".join(strange))
    args = parser.parse_intermixed_args(words)
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
    yes = {f"{flag.name}=true": flag.name for flag in SWITCHES}
    no = {f"{flag.name}=false" for flag in SWITCHES}
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
    for title, flags in GROUPS.items():
        group = parser.add_argument_group(title)
        for flag in flags:
            flag.add_to(group)
    return parser


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
