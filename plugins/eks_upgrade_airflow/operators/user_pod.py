"""The pod of a smoke test, by the Amazon provider's operator. Importing it takes two seconds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.eks import EksPodOperator
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.common.compat.sdk import AirflowException
from kubernetes.client import ApiException, rest

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.connection.pod_hook import MemoryKubernetesHook
from eks_upgrade_airflow.triggers.pod import EksPodEndTrigger
from include.eks_upgrade.common.errors import Unreachable, UpgradeError, refusal
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.access import ClusterAccess
from include.eks_upgrade.kube.errors import Answer, error_of, passes
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL
from include.eks_upgrade.nodes.managed.smoke_test import tolerations_of
from include.eks_upgrade.verification.user_pod import CONTAINER

if TYPE_CHECKING:
    from airflow.sdk import Context

CONFLICT = 409


class SmokeTestPod(EksPodOperator):
    """One pod on the nodes of the new group; not a task, but what one does its work with.

    Our own is how the cluster is reached, as the provider would write the connection's AWS
    credentials to disk, here and on the triggerer; and that the pod of an earlier try is found
    again whatever has become of it, so that one pod is made, and deleted when it was judged.
    Kubernetes ends it at the limit, whatever becomes of Airflow.

    Args:
        address: the cluster. access: how to reach its API.
        replacement: name of the group whose nodes run the pod.
        group: that group, raw; its taints are tolerated.
        limit_minutes: from the pod's creation to its end.
        look_seconds: between two looks at it.
        kwargs: as the provider's operator takes them.
    """

    def __init__(  # noqa: PLR0913 - the cluster, the group, and how it is waited for
        self,
        *,
        address: ClusterAddress,
        access: ClusterAccess,
        replacement: str,
        group: Raw,
        limit_minutes: float,
        look_seconds: float,
        service_account_name: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            cluster_name=address.cluster,
            pod_name="eks-upgrade-smoke-test",
            base_container_name=CONTAINER,
            deferrable=True,
            # A trigger is also "killed" when another triggerer takes over while it hangs.
            on_kill_action="keep_pod",
            on_finish_action="delete_pod",
            do_xcom_push=False,
            node_selector={NODE_GROUP_LABEL: replacement},
            tolerations=tolerations_of(group) if group else [],
            active_deadline_seconds=max(1, int(limit_minutes * 60)),
            service_account_name=service_account_name,
            automount_service_account_token=None if service_account_name else False,
            **kwargs,
        )
        self.address, self.access = address, access
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
            return super().get_or_create_pod(pod_request_obj, context)
        except ApiException as error:
            made = self.find_pod(self.namespace, context) if error.status == CONFLICT else None
            if made is None:
                raise
            return made  # its answer was lost, and the provider asked for the same name again

    def process_pod_deletion(self, pod: Any, *, reraise: bool = True) -> bool:  # noqa: ARG002 - the provider's signature
        """Delete it, or fail; but not before it was judged.

        The provider lets a pod stay that it could not delete, and replaces one that has ended
        while nobody looked.
        """
        return self._judged and super().process_pod_deletion(pod, reraise=True)

    def end(self, context: "Context", event: dict[str, Any]) -> None:
        """Write the pod's output to the log and delete it.

        Args:
            context: Airflow's.
            event: `name`, `namespace`, `status` and `message`, as the provider's trigger says it.
        """
        self._judged = True
        try:
            KubernetesPodOperator.trigger_reentry(self, context, event)
        except AirflowException:
            if event["status"] == "success":
                raise
            # It raises for a pod that failed; whoever waited for it says so in our own words.

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
        self.defer(trigger=trigger, method_name="resume")

    def patch_already_checked(self, pod: Any, *, reraise: bool = True) -> None:
        """Nothing: the pod is deleted right after, and the right to patch pods is not needed."""

    @contextmanager
    def errors(self, old: str) -> Iterator[None]:
        """What the Kubernetes API refuses, in our classes; its connections are closed after it.

        Args:
            old: name of the old node group, which is left as it was.

        Raises:
            Refused: Kubernetes refuses the pod. Unreachable: it did not answer.
        """
        try:
            yield
        except ApiException as error:
            raise self._error_of(error, old) from error
        except rest.urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"the pod of the smoke test: {type(error).__name__}") from error
        finally:
            if "hook" in self.__dict__:
                self.hook.close()

    def _error_of(self, error: ApiException, old: str) -> UpgradeError:
        status = int(error.status or 0)
        if status in {0, 408, 429} or status >= 500:
            return Unreachable(f"the pod of the smoke test: {error.reason}")
        answer = answer_of(error)
        if passes(answer):
            return error_of("the pod of the smoke test", answer)
        return refusal(
            f"node group '{old}' is left as it was",
            f"the pod of the smoke test in namespace '{self.namespace}'",
            f"Kubernetes refuses it ({status}): {answer.words}",
            "apply include/permissions/kubernetes-smoke-test.yaml, or change the parameters",
        )


def answer_of(error: ApiException) -> Answer:
    """What the API server said, as the library reads it."""
    try:
        body = json.loads(error.body or "")
    except ValueError:
        body = None
    text = str(error.body or error.reason)
    return Answer(int(error.status), body if isinstance(body, dict) else {}, text)
