"""What the first task of a run shares, which judges what was given before AWS is asked."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from eks_upgrade_airflow.base import StepMixin
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.aws.reading import region_problems
from include.eks_upgrade.common.errors import Problem, Refused

if TYPE_CHECKING:
    from airflow.sdk import Context


def given_to(context: "Context") -> Collection[str]:
    """The names of what the run was given, by a form, by the API or by another DAG."""
    return list(getattr(context["dag_run"], "conf", None) or {})


def usable_clients(step: StepMixin, known: Collection[Problem]) -> AwsClients:
    """The step's clients.

    Args:
        step: says which cluster, by which connection.
        known: what is wrong with the parameters.

    Raises:
        Refused: the connection cannot be used, or there is no such region; both, if it is both.
    """
    if any(one.subject in {"region", "role_arn"} for one in known):  # nobody can be asked there
        raise Refused("No cluster can be asked", step.address.connection_problems())
    try:
        return step.clients
    except Refused as error:
        unknown = region_problems(step.region_name or "")
        raise Refused(error.title, [*error.problems, *unknown]) from error
