"""The trigger that waits for a pod to end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eks_upgrade_airflow.connection.shared_session import read_access
from eks_upgrade_airflow.triggers.watch import Probe, WatchTrigger, typed_trigger
from include.eks_upgrade.common.outcome import Outcome
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.verification.user_pod import pod_outcome


@typed_trigger
class EksPodEndTrigger(WatchTrigger):
    """Waits until a pod has ended.

    The provider's own trigger would carry a kubeconfig and need AWS credentials on the triggerer's
    disk.

    Attributes:
        namespace: of the pod.
        pod_name: its name.
    """

    namespace: str
    pod_name: str

    @property
    def awaited(self) -> str:
        """Which pod is awaited."""
        return f"pod {self.namespace}/{self.pod_name} to end"

    @asynccontextmanager
    async def open_probe(self) -> AsyncIterator[Probe]:
        """Yield a look at the pod."""
        async with KubeClient(await read_access(self.address)) as kube:

            async def probe() -> Outcome:
                return pod_outcome(await kube.pod(self.namespace, self.pod_name))

            yield probe

    def _limit(self) -> str:
        minutes = round((self.deadline - self.began) / 60, 1)
        return f"its pod has not ended after {minutes:g} minutes"
