"""What every operator and sensor of the upgrade shares: address, errors, deferral.

A step implements `step(context)` and returns a `StepResult`. What it raises is classified once
(`include/eks_upgrade/retrying.py`): what needs a person ends the task at once, all else is left to
Airflow's retries, which follow the class (`retry_policy.py`). Either way the words are kept for
the report, and a failure that is final says in the log how to go on.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.providers.amazon.aws.hooks.eks import EksHook
from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.sensors.base_aws import AwsBaseSensor
from airflow.sdk.exceptions import AirflowFailException

from eks_upgrade_airflow.connection.cluster_address import ClusterAddress
from eks_upgrade_airflow.run.events import FAILURE_KEY, result_of
from eks_upgrade_airflow.run.lock import LOCK_MINUTES, take_lock
from eks_upgrade_airflow.run.next_steps import log_failure
from eks_upgrade_airflow.run.retry_policy import AIRFLOWS_OWN
from eks_upgrade_airflow.run.task_log import hide_trace_of, log_message, quiet_libraries
from eks_upgrade_airflow.triggers.health import HealthTarget
from include.eks_upgrade.aws.clients import AwsClients
from include.eks_upgrade.common.failure import FailureClass
from include.eks_upgrade.common.shorten import shortened
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.common.text import trimmed
from include.eks_upgrade.drain.account import short_message
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.retrying import classify

if TYPE_CHECKING:
    from airflow.sdk import Context

    from eks_upgrade_airflow.triggers.watch import WatchTrigger

T = TypeVar("T")


@contextmanager
def report_failure(context: "Context") -> Iterator[None]:
    """Tell a failure to the report and the log, and end the task if it needs a person.

    Only a bug leaves a stack trace: what was foreseen says where it came from in its message.
    """
    quiet_libraries()
    try:
        yield
    except AIRFLOWS_OWN:
        raise
    except Exception as error:
        failure = classify(error)
        context["ti"].xcom_push(key=FAILURE_KEY, value=short_message(failure.message))
        log_failure(context, failure)
        if failure.kind is FailureClass.NEEDS_A_PERSON:
            ending = AirflowFailException(failure.message)
            hide_trace_of(ending)
            raise ending from error
        if failure.kind is not FailureClass.BUG:
            hide_trace_of(error)
        raise


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run one asynchronous Kubernetes conversation from a worker."""
    return asyncio.run(coroutine)


class StepMixin:
    """The common part of operators and sensors; see the module's docstring.

    Attributes:
        cluster_name: name of the EKS cluster.
        aws_conn_id: Airflow connection; None or empty uses boto3's own chain.
        region_name: AWS region; empty uses the connection's.
        role_arn: a role that is assumed with the connection; empty: none.
        lock_minutes: how long the cluster's lock holds without a renewal. Only steps that change
            something renew it, so it must be longer than the longest wait between two of them.
        waiter_delay: seconds between two looks of a wait.
        before: what was broken before the run (`BrokenBefore.as_json`), where a wait tells of
            node groups and add-ons that become DEGRADED meanwhile; None: not known.
    """

    cluster_name: str
    aws_conn_id: str | None
    region_name: str | None
    role_arn: str | None
    lock_minutes: float
    waiter_delay: float = 30.0
    before: Mapping[str, Any] | None = None
    holds_lock = False
    """Whether the step changes something, and therefore takes or renews the cluster's lock."""
    leaves_result = True
    """A success without a result was not this step's: a person marked it so."""
    probes_first = False
    """Whether a wait looks once before it is handed to the triggerer."""
    output_keys: tuple[str, ...] = ()
    """Items of the result's data that are XComs of their own, so that a DAG can hand them on to
    another operator: `create.output["desired_nodes"]`."""

    @property
    def address(self) -> ClusterAddress:
        """Where the cluster is; ask for it in `step`, after templates are rendered."""
        name, connection, region, role = trimmed(
            (self.cluster_name, self.aws_conn_id, self.region_name, self.role_arn)
        )
        return ClusterAddress(name, connection or None, region or None, role or "")

    @cached_property
    def clients(self) -> AwsClients:
        """AWS clients, made once in the life of this task's process."""
        return self.address.clients()

    @cached_property
    def described(self) -> Mapping[str, Any]:
        """The cluster as DescribeCluster had it when this task's process first asked."""
        return self.address.describe(self.clients)

    @cached_property
    def access(self) -> ClusterAccess:
        """How to reach the cluster's Kubernetes API, read once in this task's process."""
        return self.address.access(dict(self.described))

    def step(self, context: "Context") -> StepResult:
        """Look at the world, do what is left to do, and tell it."""
        raise NotImplementedError

    def execute(self, context: "Context") -> dict[str, Any]:
        """Run the step; its result is the task's XCom."""
        with report_failure(context):
            if self.holds_lock:
                run(take_lock(self.access, context, minutes=self.lock_minutes))
            return self.publish(context, self.step(context))

    def health(self, *node_groups: str, awaited: Sequence[str] = ()) -> dict[str, Any]:
        """What the trigger looks at besides; see `HealthTarget`."""
        return HealthTarget(
            node_groups=tuple(filter(None, node_groups)),
            before=self.before,
            awaited=tuple(awaited),
            poll_seconds=float(self.waiter_delay),
        ).as_json()

    def wait_for(self, trigger: "WatchTrigger") -> StepResult:
        """Hand over to the triggerer until what is awaited has come to its end.

        Where it often has already (`probes_first`), one look is taken here: a deferral costs
        seconds, and Airflow 3.3 may fail a task whose trigger fires at once.
        """
        seen = run(trigger.probe_first()) if self.probes_first else None
        if seen:
            return result_of(seen)
        log_message(self.log, f"waiting for {trigger.awaited}")  # type: ignore[attr-defined] # from the operator
        self.defer(trigger=trigger, method_name="resume")  # type: ignore[attr-defined] # as above
        raise AssertionError("defer does not return")

    def resume(self, context: "Context", event: Mapping[str, Any]) -> dict[str, Any]:
        """Go on with what the trigger saw."""
        with report_failure(context):
            return self.publish(context, self.after_wait(context, event))

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:  # noqa: ARG002 - for subclasses
        """The result of a wait that has ended; subclasses add what is left to do."""
        return result_of(event)

    def publish(self, context: "Context", result: StepResult) -> dict[str, Any]:
        """Log a result and give it to XCom, with the time it ended.

        The log is for people and has long names short; the XCom has them whole.
        """
        log = self.log  # type: ignore[attr-defined] # from the operator
        unchanged = "" if result.changed else " (nothing changed)"
        log_message(log, f"{shortened(result.text)}{unchanged}")
        for obstacle in result.obstacles:
            passed = f"passed by {obstacle.passed_by}" if obstacle.passed_by else "not passed"
            log_message(log, f"obstacle: {shortened(obstacle.what)}; {passed}")
        for key in self.output_keys:
            # Airflow takes an XCom that is None for one that is missing; empty text means nothing.
            value = result.data.get(key)
            context["ti"].xcom_push(key=key, value="" if value is None else value)
        return {**result.as_json(), "ended": datetime.now(UTC).isoformat()}


def operator_names(kind: type[Any] = StepMixin) -> frozenset[str]:
    """Names of the classes of all operators and sensors whose modules are loaded."""
    below = (operator_names(each) for each in kind.__subclasses__())
    return frozenset({kind.__name__}).union(*below)


class EksStepOperator(StepMixin, AwsBaseOperator[EksHook]):
    """An operator that works on one EKS cluster and returns a result."""

    aws_hook_class = EksHook
    template_fields: Sequence[str] = (
        *AwsBaseOperator.template_fields, "cluster_name", "role_arn", "lock_minutes",
    )  # fmt: skip

    def __init__(
        self,
        *,
        cluster_name: str,
        role_arn: str | None = "",
        lock_minutes: float = LOCK_MINUTES,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cluster_name = cluster_name
        self.role_arn = role_arn
        self.lock_minutes = lock_minutes


class EksStepSensor(StepMixin, AwsBaseSensor[EksHook]):
    """A deferrable sensor on one EKS cluster: waits in the triggerer, returns a result.

    Attributes:
        limit_minutes: minutes after which the wait fails, with what was still awaited.
    """

    aws_hook_class = EksHook
    template_fields: Sequence[str] = (
        *AwsBaseSensor.template_fields,
        "cluster_name",
        "role_arn",
        "waiter_delay",
        "limit_minutes",
        "before",
    )
    lock_minutes = LOCK_MINUTES  # a sensor changes nothing, and so takes no lock

    def __init__(
        self,
        *,
        cluster_name: str,
        role_arn: str | None = "",
        waiter_delay: float = 30.0,
        limit_minutes: float = 60.0,
        before: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.cluster_name = cluster_name
        self.role_arn = role_arn
        self.waiter_delay = waiter_delay
        self.limit_minutes = limit_minutes
        self.before = before
