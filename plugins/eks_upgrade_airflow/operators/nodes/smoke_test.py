"""The smoke test of new nodes: a pod of the user's runs on them before anything is fenced."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from eks_upgrade_airflow.base import EksStepOperator, run
from eks_upgrade_airflow.run.attempts import forget_ending, load_ending, record_ending
from eks_upgrade_airflow.run.events import DONE, ENDED, error_of
from eks_upgrade_airflow.run.lock import take_lock
from include.eks_upgrade.aws.node_groups import read_node_group
from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.kube.objects import NODE_GROUP_LABEL
from include.eks_upgrade.nodes.managed.new_group.smoke_test import (
    smoke_test_refusal,
    tolerations_of,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

    from eks_upgrade_airflow.operators.user_pod import UserPod


class EksSmokeTestOperator(EksStepOperator):
    """Run a pod on the nodes of the new group, to its end; without an image it skips itself.

    The provider's `EksPodOperator` makes and ends the pod (`operators/user_pod.py`). It is imported
    only when there is one to run: it costs two seconds, and every task of a run reads its DAG.

    Args:
        nodegroup_name: the old group, which is left alone until the test has passed.
        replacement_name: the new group.
        image: of the pod; empty: no test.
        cmds: its command; empty: the image's own.
        namespace: where it runs.
        service_account_name: of the pod; empty: the default one, without a token.
        limit_minutes: how long it may take from its creation to its end.
        waiter_delay: seconds between two looks at it.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields, "nodegroup_name", "replacement_name", "image", "cmds",
        "namespace", "service_account_name", "limit_minutes", "waiter_delay",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913 - what a pod takes, each an argument of its own
        self,
        *,
        nodegroup_name: str,
        replacement_name: str,
        image: str = "",
        cmds: Sequence[str] | None = None,
        namespace: str = "default",
        service_account_name: str = "",
        limit_minutes: float = 10.0,
        waiter_delay: float = 5.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.nodegroup_name = nodegroup_name
        self.replacement_name = replacement_name
        self.image = image
        self.cmds = cmds
        self.namespace = namespace
        self.service_account_name = service_account_name
        self.limit_minutes = limit_minutes
        self.waiter_delay = waiter_delay

    def step(self, context: "Context") -> StepResult:
        """Start the pod and wait for its end in the triggerer."""
        if not self.image:
            raise AirflowSkipException("no smoke test is asked for (smoke_test_image is empty)")
        if ending := load_ending(context):
            return self._told(context, ending)
        if read_node_group(self.clients.eks, self.cluster_name, self.nodegroup_name) is None:
            return StepResult(
                f"node group '{self.nodegroup_name}' is gone: there is nothing to test for"
            )
        run(take_lock(self.access, context, minutes=self.lock_minutes))
        group = read_node_group(self.clients.eks, self.cluster_name, self.replacement_name)
        if group is None:
            raise self._refused(f"node group '{self.replacement_name}' does not exist")
        with self._pod(group) as pod:
            pod.begin(context)
        raise AssertionError("a pod that has begun is waited for")

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        """Let the provider write the pod's output to the log and delete it; then judge.

        A try that is killed in between leaves no pod to be judged by, so the ending is kept first.
        """
        if event["state"] not in ENDED:
            raise error_of(event)
        record_ending(context, event)
        return self._told(context, event)

    def _told(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        with self._pod({}) as pod:
            pod.end(context, event)
        forget_ending(context)
        if event["state"] != DONE:
            raise self._refused(event["detail"])
        text = f"the smoke test on node group '{self.replacement_name}' passed: {event['detail']}"
        wait = (event["kind"], event["began"], event["ended"])
        return StepResult(text, changed=True, waits=(wait,))

    @contextmanager
    def _pod(self, group: Raw) -> Iterator["UserPod"]:
        """The provider's operator for it; `group` is the new one, raw, if a pod is to be made."""
        from eks_upgrade_airflow.operators.user_pod import UserPod  # noqa: PLC0415

        pod = UserPod(
            task_id=self.task_id,
            address=self.address,
            access=self.access,
            what="the pod of the smoke test",
            left=f"node group '{self.nodegroup_name}' is left as it was",
            remedy="apply include/permissions/kubernetes-smoke-test.yaml, or change the parameters",
            pod_name="eks-upgrade-smoke-test",
            node_selector={NODE_GROUP_LABEL: self.replacement_name},
            tolerations=tolerations_of(group),
            limit_minutes=float(self.limit_minutes),
            look_seconds=float(self.waiter_delay),
            image=self.image,
            cmds=list(self.cmds or ()),
            namespace=self.namespace,
            service_account_name=self.service_account_name or None,
        )
        with pod.errors():
            yield pod

    def _refused(self, why: str) -> Refused:
        return smoke_test_refusal(self.nodegroup_name, self.replacement_name, why)
