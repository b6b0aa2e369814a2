"""What is assumed where nothing was observed, in one place; each with where it comes from.

The fleet's windows (`fleet/duration.py`) stand on the same numbers, on their long side.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Usual:
    """How many minutes a step takes: at best, probably, and when it is slow."""

    best: float
    probable: float
    long: float


CONTROL_PLANE = Usual(8, 12, 15)
"""UpdateClusterVersion until it has ended. The user guide only says "several minutes"
(https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html); operators see 8 to 15."""

ADDON = Usual(0.5, 2, 10)
"""One version of one add-on. Assumed: a rollout of its pods, seen by EKS at its next look."""

ADDONS_LONG = 10.0
"""All add-ons together, before and after the control plane, when they are slow."""

NODES_UP = Usual(2, 4, 8)
"""From CreateNodegroup until the nodes are Ready and the group is ACTIVE. Assumed, from public logs
of Terraform that make such groups."""

CHECK = Usual(0.5, 1, 2)
"""The look that workloads are as well as before."""

DELETION = Usual(2, 6, 10)
"""From DeleteNodegroup until the instances are gone. Assumed, as `NODES_UP`."""

TASKS = Usual(1, 2, 2)
"""What a runner's own tasks take between all that: once for the run, and once for each group."""

NODE_LONG = 2.0
"""Minutes of the drain of one node, where nothing is known of its pods. All nodes of a group are
drained together, but budgets let pods go few at a time; where EKS replaces a managed group node by
node, others see 5."""

START_SECONDS = 30.0
"""From a pod's node to Ready, where not one pod of its workload shows it: assumed."""

STOP_SHARE = 1 / 6
"""Of its grace period, how much a pod needs to stop, behind the sleep of its `preStop` hooks:
assumed. That is 5 s of the usual 30 s; whoever asks for more mostly needs more, and a program that
does not listen to SIGTERM takes all of it."""

REACTION_SECONDS = 0.1
"""What lies between a replacement that is Ready and the next pod that has been asked to go, and
between that and its own replacement: watches, the controllers of budgets and workloads, requests.
Measured against the rehearsal (`benchmarks/prediction.py`)."""

SETTLING_SECONDS = 1.0
"""A drain is never done earlier: the cordon has to be as old as that (`drain/engine.py`)."""
