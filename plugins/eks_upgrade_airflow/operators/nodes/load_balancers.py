"""What operators share that end the instances of a group: load balancers let go of them first."""

import time
from typing import TYPE_CHECKING

from eks_upgrade_airflow.base import StepMixin, run
from eks_upgrade_airflow.run.lock import holder_of
from eks_upgrade_airflow.triggers.load_balancers import EksLoadBalancersTrigger
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.nodes.managed.load_balancers import (
    labelled_message,
    seconds_left,
    take_out_of_load_balancers,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

LOAD_BALANCER_LOOKS = 5.0
"""Seconds between two looks at whether load balancers have let go of the old nodes, at most."""

LOAD_BALANCER_SPARE_MINUTES = 10.0
"""How long the API server may be away beyond that wait."""


class AwaitsLoadBalancers(StepMixin):
    """Takes nodes out of the load balancers and defers while connections may still be open.

    Attributes:
        nodegroup_name: the group whose instances are going to end.
        load_balancer_drain_seconds: as in docs/parameters.md; 0 neither takes out nor waits.
    """

    nodegroup_name: str
    load_balancer_drain_seconds: float

    @property
    def load_balancer_minutes(self) -> float:
        """How long the wait may take."""
        return float(self.load_balancer_drain_seconds or 0) / 60 + LOAD_BALANCER_SPARE_MINUTES

    def await_load_balancers(self, context: "Context") -> None:
        """Return when nothing is left to wait for.

        Raises:
            TaskDeferred: it is waited for.
        """
        seconds, name = float(self.load_balancer_drain_seconds or 0), self.nodegroup_name
        left = run(self._seconds_left(seconds, holder_of(context))) if seconds > 0 else 0.0
        if left > 0:
            self.wait_for(
                EksLoadBalancersTrigger.within(
                    self.load_balancer_minutes,
                    self.address,
                    poll_seconds=min(LOAD_BALANCER_LOOKS, left),
                    nodegroup_name=name,
                    seconds=seconds,
                )
            )

    async def _seconds_left(self, seconds: float, mark: str) -> float:
        async with KubeClient(self.access) as kube:
            nodes, labelled = await take_out_of_load_balancers(
                kube, self.nodegroup_name, mark=mark, now=time.time()
            )
        if labelled:
            self.log.info("%s", labelled_message(labelled))  # type: ignore[attr-defined] # from the operator
        return seconds_left(nodes, seconds, time.time())
