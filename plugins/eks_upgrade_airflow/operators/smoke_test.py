"""The smoke test of new nodes: a pod of the user's, run by the Amazon provider's operator."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.eks import EksPodOperator
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.common.compat.sdk import AirflowException, AirflowSkipException
from kubernetes.client import ApiException, rest

from eks_upgrade_airflow.base import StepMixin, report_failure, run
from eks_upgrade_airflow.connection.pod_hook import MemoryKubernetesHook
from eks_upgrade_airflow.run.events import DONE, FAILED, LATE, error_of
from eks_upgrade_airflow.run.lock import LOCK_MINUTES, take_lock
from eks_upgrade_airflow.triggers.pod import EksPodEndTrigger
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.errors import Refused, Unreachable, refusal
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL
from include.eks_upgrade.nodes.managed.smoke_test import (
    CONTAINER,
    smoke_test_refusal,
    tolerations_of,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

LOOK_SECONDS = 5.0
STATUS = {DONE: "success", FAILED: "failed", LATE: "timeout"}
"""What the provider's operator calls the end of a wait."""


class EksSmokeTestOperator(StepMixin, EksPodOperator):
    """Run a pod on the nodes of the new group, to its end; without an image it skips itself.

    Only how the cluster is reached is our own: the provider would write the connection's AWS
    credentials to disk, here and on the triggerer. The pod is found again by a second try, and
    deleted when it has ended; Kubernetes ends it at the limit, whatever becomes of Airflow.

    Args:
        nodegroup_name: the old group, which is left alone until the test has passed.
        replacement_name: the new group.
        limit_minutes: how long it may take from its creation to its end.
        kwargs: `image` (empty: no test), `cmds`, `namespace` and `service_account_name` (empty: the
            default one, without a token) as the provider's operator takes them.
    """

    # Sorted: the provider's own are a set, and each parse would make another version of the DAG.
    template_fields: Sequence[str] = tuple(
        sorted(
            {
                *EksPodOperator.template_fields,
                "region_name", "lock_minutes", "nodegroup_name", "replacement_name",
                "limit_minutes", "service_account_name",
            }
        )
    )  # fmt: skip

    def __init__(
        self,
        *,
        nodegroup_name: str,
        replacement_name: str,
        region_name: str | None = None,
        limit_minutes: float = 10.0,
        lock_minutes: float = LOCK_MINUTES,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            pod_name="eks-upgrade-smoke-test",
            base_container_name=CONTAINER,
            deferrable=True,
            # A trigger is also "killed" when another triggerer takes over while it hangs.
            on_kill_action="keep_pod",
            on_finish_action="delete_pod",
            do_xcom_push=False,
            **kwargs,
        )
        self.region_name = region_name
        self.nodegroup_name = nodegroup_name
        self.replacement_name = replacement_name
        self.limit_minutes = limit_minutes
        self.lock_minutes = lock_minutes

    @cached_property
    def hook(self) -> MemoryKubernetesHook:
        """The way to the cluster, in memory."""
        return MemoryKubernetesHook(self.access)

    def execute(self, context: "Context") -> Any:
        """Start the pod and wait for its end in the triggerer."""
        with report_failure(context), self._kubernetes_errors():
            if not self.image:
                raise AirflowSkipException("no smoke test is asked for (smoke_test_image is empty)")
            if read_node_group(self.clients.eks, self.cluster_name, self.nodegroup_name) is None:
                text = f"node group '{self.nodegroup_name}' is gone: there is nothing to test for"
                return self._publish(context, StepResult(text))
            run(take_lock(self.access, context, minutes=self.lock_minutes))
            self._describe_pod()
            # Not EksPodOperator.execute, which writes credentials to disk and then does this.
            return KubernetesPodOperator.execute(self, context)

    def invoke_defer_method(self, last_log_time: Any = None, context: Any = None) -> None:  # noqa: ARG002 - the provider's signature
        """Wait with our own trigger, which carries names only."""
        if self.pod is None or self.pod.metadata is None:
            raise RuntimeError("the pod is to be made before it is waited for")
        trigger = EksPodEndTrigger.within(
            self.limit_minutes,
            self.address,
            poll_seconds=LOOK_SECONDS,
            namespace=self.pod.metadata.namespace,
            pod_name=self.pod.metadata.name,
            carry={"name": self.pod.metadata.name, "namespace": self.pod.metadata.namespace},
        )
        self.defer(trigger=trigger, method_name="resume")

    def resume(self, context: "Context", event: Mapping[str, Any]) -> dict[str, Any]:
        """Let the provider write the pod's output to the log and delete it; then judge."""
        with report_failure(context), self._kubernetes_errors():
            if event["state"] not in STATUS:
                raise error_of(event)
            said = {"status": STATUS[event["state"]], "message": event["detail"]}
            ended = {**event["carry"], **said}
            try:
                KubernetesPodOperator.trigger_reentry(self, context, ended)
            except AirflowException as error:
                if event["state"] == DONE:
                    raise
                raise self._refused(event["detail"]) from error
            if event["state"] != DONE:
                raise self._refused(event["detail"])
            text = f"the smoke test on node group '{self.replacement_name}' passed: "
            wait = (event["kind"], event["began"], event["ended"])
            return self._publish(
                context, StepResult(text + event["detail"], changed=True, waits=(wait,))
            )

    def patch_already_checked(self, pod: Any, *, reraise: bool = True) -> None:
        """Nothing: the pod is deleted right after, and the right to patch pods is not needed."""

    def _refused(self, why: str) -> Refused:
        return smoke_test_refusal(self.nodegroup_name, self.replacement_name, why)

    def _describe_pod(self) -> None:
        group = read_node_group(self.clients.eks, self.cluster_name, self.replacement_name)
        if group is None:
            raise self._refused(f"node group '{self.replacement_name}' does not exist")
        given: Any = self
        self.cmds = list(given.cmds or ())
        self.service_account_name = given.service_account_name or None
        self.automount_service_account_token = None if self.service_account_name else False
        self.node_selector = {NODE_GROUP_LABEL: self.replacement_name}
        self.tolerations = tolerations_of(group)
        self.active_deadline_seconds = max(1, int(float(self.limit_minutes) * 60))

    def _publish(self, context: "Context", result: StepResult) -> dict[str, Any]:
        """Publish by hand: the provider takes `do_xcom_push` for its sidecar."""
        plain = self.publish(context, result)
        context["ti"].xcom_push(key="return_value", value=plain)
        return plain

    @contextmanager
    def _kubernetes_errors(self) -> Iterator[None]:
        """What the Kubernetes API refuses, in our classes; its connections are closed after it."""
        try:
            yield
        except ApiException as error:
            if error.status in {408, 429} or error.status >= 500 or not error.status:
                raise Unreachable(f"the pod of the smoke test: {error.reason}") from error
            remedy = (
                "apply include/permissions/kubernetes-smoke-test.yaml, or change the parameters"
            )
            raise refusal(
                f"node group '{self.nodegroup_name}' is left as it was",
                f"the pod of the smoke test in namespace '{self.namespace}'",
                f"Kubernetes refuses it ({error.status}): {str(error.body or error.reason)[:500]}",
                remedy,
            ) from error
        except rest.urllib3.exceptions.HTTPError as error:
            raise Unreachable(f"the pod of the smoke test: {type(error).__name__}") from error
        finally:
            if "hook" in self.__dict__:
                self.hook.close()
