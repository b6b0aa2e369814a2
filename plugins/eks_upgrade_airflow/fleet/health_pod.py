"""The pod of the fleet file's `health` in one cluster: begun, taken up by a later try, judged."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eks_upgrade_airflow.base import StepMixin
from eks_upgrade_airflow.run.attempts import forget_ending, record_ending
from eks_upgrade_airflow.run.events import DONE, ENDED, error_of
from include.eks_upgrade.common.errors import Refused, Stuck
from include.eks_upgrade.common.failure import FailureClass
from include.eks_upgrade.common.text import unstopped
from include.eks_upgrade.fleet.cluster import FleetCluster
from include.eks_upgrade.fleet.file.model import Pod
from include.eks_upgrade.fleet.health.pod import command_of, pod_problem
from include.eks_upgrade.retrying import classify

if TYPE_CHECKING:
    from airflow.sdk import Context

    from eks_upgrade_airflow.operators.user_pod import UserPod

POD_NAME = "eks-upgrade-health"
LOOK_SECONDS = 10.0

BEGUN_KEY = "pod_begun_in "
"""Key, in the task's state store and with the cluster's ARN behind it, of the namespace in which a
pod was made and not judged yet."""

REMEDY = (
    "apply include/permissions/kubernetes-smoke-test.yaml with that namespace in this cluster, or "
    "change `pod` under `health` in the fleet file"
)
TAKEN_OUT = Pod(image="none")
"""Stands for a pod that was taken out of the file while it was at work; none is made of it."""


class HealthPod:
    """The pod of the user's, run once where nothing else is wrong.

    The provider's operator makes and ends it (`operators/user_pod.py`). It is imported only when
    there is one to run: it costs two seconds, and every task of a run reads its DAG.

    Args:
        task: whose pod it is. It defers, and goes on in `resume`.
        cluster: where it runs.
        pod: as the fleet file has it; None: it has none.
    """

    def __init__(self, task: StepMixin, cluster: FleetCluster, pod: Pod | None) -> None:
        self.task, self.cluster, self.pod = task, cluster, pod or TAKEN_OUT

    def begin(self, context: "Context") -> list[str]:
        """Make it, or find the one of an earlier try, and defer until it has ended.

        Returns:
            What Kubernetes refuses, when it does not come so far.
        """
        context["task_state_store"].set(self._begun_key, self.pod.namespace)
        return self._refusals_of(lambda made: made.begin(context), self.pod.namespace)

    def ended(self, context: "Context", event: Mapping[str, Any]) -> list[str]:
        """Let its output be written to the log and delete it; what is wrong with its end.

        A try that is killed in between leaves no pod to be judged by, so the ending is kept first.
        """
        if event["state"] not in ENDED:
            error = error_of(event)
            if not isinstance(error, Stuck):
                raise error
            return [f"how the test of `health` ended was not seen: {unstopped(str(error))}"]
        record_ending(context, event, self.cluster.arn)
        namespace = str(event["carry"]["namespace"])
        refusals = self._refusals_of(lambda made: made.end(context, event), namespace)
        if not refusals:
            self._forget(context)
        shown = f"{namespace}/{event['carry']['name']}"
        failed = [] if event["state"] == DONE else [pod_problem(shown, event["detail"])]
        return [*failed, *refusals]

    def discard(self, context: "Context") -> list[str]:
        """Delete the pod that an earlier try has left unjudged, if there is one.

        Else it would be taken for the one of a later try, when the cluster is another.

        Returns:
            What Kubernetes refuses.
        """
        namespace: Any = context["task_state_store"].get(self._begun_key)
        if not namespace:
            return []
        refusals = self._refusals_of(lambda made: made.discard(context), str(namespace))
        if not refusals:
            self._forget(context)
        return refusals

    @property
    def _begun_key(self) -> str:
        return BEGUN_KEY + self.cluster.arn

    def _forget(self, context: "Context") -> None:
        context["task_state_store"].delete(self._begun_key)
        forget_ending(context, self.cluster.arn)

    def _refusals_of(self, act: Callable[["UserPod"], None], namespace: str) -> list[str]:
        """Do something with it; what only a person can lift is returned, all else raised."""
        try:
            with self._made(namespace) as made:
                act(made)
        except Refused as error:
            if classify(error).kind is not FailureClass.NEEDS_A_PERSON:
                raise
            return [unstopped(str(problem)) for problem in error.problems]
        return []

    @contextmanager
    def _made(self, namespace: str) -> Iterator["UserPod"]:
        from eks_upgrade_airflow.operators.user_pod import UserPod  # noqa: PLC0415

        task: Any = self.task  # an operator, which has an id besides
        made = UserPod(
            task_id=task.task_id,
            address=self.task.address,
            access=self.task.access,
            what="the pod of `health`",
            left=f"{self.cluster.title} is not known to be healthy",
            remedy=REMEDY,
            pod_name=POD_NAME,
            limit_minutes=self.pod.minutes,
            look_seconds=min(LOOK_SECONDS, self.pod.minutes * 6),
            image=self.pod.image,
            cmds=command_of(self.pod.command, self.cluster),
            namespace=namespace,
            service_account_name=self.pod.service_account_name or None,
        )
        with made.errors():
            yield made
