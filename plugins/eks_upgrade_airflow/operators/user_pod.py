"""A pod of the user's, by the Amazon provider's operator. Importing it takes two seconds."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.eks import EksPodOperator
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.common.compat.sdk import AirflowException
from kubernetes.client import ApiException, rest

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.pod_hook import MemoryKubernetesHook
from eks_upgrade_airflow.run.events import DONE, FAILED, LATE
from eks_upgrade_airflow.run.task_log import log_message
from eks_upgrade_airflow.triggers.pod import EksPodEndTrigger
from include.eks_upgrade.common.errors import Busy, Unreachable, UpgradeError, refusal
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.errors import Answer, error_of, passes
from include.eks_upgrade.verification.user_pod import CONTAINER, deadline_seconds

if TYPE_CHECKING:
    from airflow.sdk import Context

CONFLICT = 409

STATUS = {DONE: "success", FAILED: "failed", LATE: "timeout"}
"""What the provider's operator calls the end of a wait."""


class UserPod(EksPodOperator):
    """One pod that has to end well; not a task, but what one does its work with.

    Our own is how the cluster is reached, as the provider would write the connection's AWS
    credentials to disk, here and on the triggerer; and that the pod of an earlier try is found
    again whatever has become of it, so that one pod is made, and deleted when it was judged.
    Kubernetes ends it at the limit, whatever becomes of Airflow.

    Args:
        address: the cluster. access: how to reach its API.
        what: it is, for errors.
        left: heading of a refusal; says what was left as it was.
        remedy: what lifts a refusal of Kubernetes.
        limit_minutes: from the pod's creation to its end.
        look_seconds: between two looks at it.
        service_account_name: None: the default one, and no token is put into the pod.
        kwargs: as the provider's operator takes them.
    """

    def __init__(  # noqa: PLR0913 - the cluster, the words, and how it is waited for
        self,
        *,
        address: ClusterAddress,
        access: ClusterAccess,
        what: str,
        left: str,
        remedy: str,
        limit_minutes: float,
        look_seconds: float,
        service_account_name: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            cluster_name=address.cluster,
            base_container_name=CONTAINER,
            deferrable=True,
            # A trigger is also "killed" when another triggerer takes over while it hangs.
            on_kill_action="keep_pod",
            on_finish_action="delete_pod",
            do_xcom_push=False,
            active_deadline_seconds=deadline_seconds(limit_minutes),
            service_account_name=service_account_name,
            automount_service_account_token=None if service_account_name else False,
            **kwargs,
        )
        self.address, self.access = address, access
        self.what, self.left, self.remedy = what, left, remedy
        self.limit_minutes, self.look_seconds = limit_minutes, look_seconds
        self._judged = False

    @cached_property
    def hook(self) -> MemoryKubernetesHook:
        """The way to the cluster, in memory."""
        return MemoryKubernetesHook(self.access)

    def begin(self, context: "Context") -> None:
        """Make the pod, or find the one of an earlier try, and defer until it has ended."""
        # Not `EksPodOperator.execute`, which writes credentials to disk and then does this.
        self.execute_async(context)

    def get_or_create_pod(self, pod_request_obj: Any, context: "Context") -> Any:
        """The pod of an earlier try, or of an earlier request of this one, else a new one."""
        try:
            pod = super().get_or_create_pod(pod_request_obj, context)
        except ApiException as error:
            pod = self.find_pod(self.namespace, context) if error.status == CONFLICT else None
            if pod is None:
                raise
            # Its answer was lost, and the provider asked for the same name again.
        if pod.metadata.deletion_timestamp:  # judged already, and this is another run of the task
            name = f"{pod.metadata.namespace}/{pod.metadata.name}"
            raise Busy(f"{self.what} before, {name}, is being deleted. Try again in a minute")
        return pod

    def process_pod_deletion(self, pod: Any, *, reraise: bool = True) -> bool:  # noqa: ARG002 - the provider's signature
        """Delete it, or fail; but not before it was judged.

        The provider lets a pod stay that it could not delete, and replaces one that has ended
        while nobody looked.
        """
        return self._judged and super().process_pod_deletion(pod, reraise=True)

    def end(self, context: "Context", event: Mapping[str, Any]) -> None:
        """Write the pod's output to the log and delete it.

        Args:
            context: Airflow's.
            event: of our trigger, as in `run/events.py`; its state is one of `STATUS`.
        """
        self._judged = True
        told = {"status": STATUS[event["state"]], "message": event["detail"]}
        try:
            KubernetesPodOperator.trigger_reentry(self, context, {**event["carry"], **told})
        except AirflowException:
            if event["state"] == DONE:
                raise
            # It raises for a pod that failed; whoever waited for it says so in our own words.

    def discard(self, context: "Context") -> None:
        """Delete the pod of an earlier try, if there is one, without a judgement."""
        self._judged = True
        pod = self.find_pod(self.namespace, context)
        if pod is not None:
            self.process_pod_deletion(pod)

    def invoke_defer_method(self, last_log_time: Any = None, context: Any = None) -> None:  # noqa: ARG002 - the provider's signature
        """Wait with our own trigger, which carries names only."""
        if self.pod is None or self.pod.metadata is None:
            raise RuntimeError("the pod is to be made before it is waited for")
        names = {"name": self.pod.metadata.name, "namespace": self.pod.metadata.namespace}
        trigger = EksPodEndTrigger.within(
            self.limit_minutes,
            self.address,
            poll_seconds=self.look_seconds,
            namespace=names["namespace"],
            pod_name=names["name"],
            carry=names,
        )
        log_message(self.log, f"waiting for {trigger.awaited}")
        self.defer(trigger=trigger, method_name="resume")

    def patch_already_checked(self, pod: Any, *, reraise: bool = True) -> None:
        """Nothing: the pod is deleted right after, and the right to patch pods is not needed."""

    @contextmanager
    def errors(self) -> Iterator[None]:
        """What the Kubernetes API refuses, in our classes; its connections are closed after it.

        Raises:
            Refused: Kubernetes refuses the pod. Unreachable: it did not answer.
        """
        try:
            yield
        except ApiException as error:
            raise self._error_of(error) from error
        except rest.urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"{self.what}: {type(error).__name__}") from error
        finally:
            if "hook" in self.__dict__:
                self.hook.close()

    def _error_of(self, error: ApiException) -> UpgradeError:
        status = int(error.status or 0)
        if status in {0, 408, 429} or status >= 500:
            return Unreachable(f"{self.what}: {error.reason}")
        answer = answer_of(error)
        if passes(answer):
            return error_of(self.what, answer)
        return refusal(
            self.left,
            f"{self.what} in namespace '{self.namespace}'",
            f"Kubernetes refuses it ({status}): {answer.words}",
            self.remedy,
        )


def answer_of(error: ApiException) -> Answer:
    """What the API server said, as the library reads it."""
    try:
        body = json.loads(error.body or "")
    except ValueError:
        body = None
    text = str(error.body or error.reason)
    return Answer(int(error.status), body if isinstance(body, dict) else {}, text)
