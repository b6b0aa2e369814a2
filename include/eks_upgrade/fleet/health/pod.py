"""The pod of the user's that has to end well once a cluster is upgraded. Pure."""

from collections.abc import Sequence

from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.texts import IN_COMMANDS


def command_of(command: Sequence[str], cluster: FleetCluster) -> list[str]:
    """The words of a command with the names of a cluster filled in.

    Args:
        command: as the fleet file has it.
        cluster: in which it is run.
    """
    names = {
        "cluster": cluster.name,
        "region": cluster.region,
        "account": cluster.account_name,
    }
    # In one go: what is filled in is not looked through for placeholders itself.
    return [IN_COMMANDS.sub(lambda found: names[found[1]], word) for word in command]


def pod_problem(pod: str, ending: str) -> str:
    """What is wrong where the pod did not end well.

    Args:
        pod: its namespace and name.
        ending: what became of it.
    """
    text = f"the test of `health` has not passed (pod {pod}): {ending}"
    return f"{text}; its output is in this task's log"
