"""The trigger in which nodes are drained: one engine over all of them."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from logging import WARNING
from typing import Any

from eks_upgrade_airflow.connection.ended_instances import ended_instances
from eks_upgrade_airflow.connection.kubernetes import KubernetesConnection
from eks_upgrade_airflow.connection.shared_session import forget_access, read_access
from eks_upgrade_airflow.run.events import ASKS, DONE, LATE
from eks_upgrade_airflow.run.task_log import log_message
from eks_upgrade_airflow.triggers.watch import WatchTrigger, typed_trigger
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Stuck, UnexpectedResponse, UpgradeError
from include.eks_upgrade.drain.blocked.question import DeferredQuestion
from include.eks_upgrade.drain.engine import drain
from include.eks_upgrade.drain.joined_result import drained_message
from include.eks_upgrade.drain.options import DrainOptions
from include.eks_upgrade.drain.progress import DrainProgress
from include.eks_upgrade.drain.result import DrainResult, Question
from include.eks_upgrade.drain.setup import DrainSetup
from include.eks_upgrade.drain.target import Target
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.retrying import bug_message, classify

LONGEST_PAUSE = 12
"""The longest pause between two tries, in first pauses; the first is `poll_seconds`."""

GOOD_SECONDS = 60.0
"""A try that went on for so long has worked; the pauses after it begin short again."""


@typed_trigger
class EksDrainTrigger(WatchTrigger):
    """Drains nodes; a triggerer that restarts begins again with what is left.

    `poll_seconds` is the first pause when nobody answers.

    Attributes:
        nodegroup_name: the node group, or
        node_selector: the label selector of the nodes.
        kubernetes_conn_id: Airflow connection to a cluster that is reached without AWS; the
            trigger reads it itself, for its arguments are stored.
        options: the fields of `DrainOptions`.
        mark: what the nodes that it cordons carry.
        not_before: epoch seconds before which nobody is asked; 0 asks as soon as it is time.
    """

    kind = "drain"

    nodegroup_name: str = ""
    node_selector: str = ""
    kubernetes_conn_id: str | None = None
    options: dict[str, Any]
    mark: str
    not_before: float = 0.0

    @property
    def target(self) -> Target:
        """The nodes to drain."""
        if self.node_selector:
            return Target.labelled(self.node_selector)
        return Target.node_group(self.nodegroup_name)

    @property
    def awaited(self) -> str:
        """What is drained."""
        return f"drain of {self.target.title}"

    async def awaited_event(self) -> dict[str, Any]:
        """The event of a drain that ended; its data is `DrainResult.as_json` or `Question.as_json`.

        Cancelled, it stops where it is: everything it does is awaited in this very task. What
        is gone by then is gone, and whoever begins again begins by looking.
        The state is `done`, `asks` (a person is to be asked), `late` (pods are left) or an error.
        """
        try:
            outcome = await self._until_answered()
        except Stuck as error:
            return self.event(LATE, str(error))
        except UpgradeError as error:
            return self.event(type(error).__name__, str(error))
        except Exception as error:  # noqa: BLE001 - the task reports it, with its traceback
            return self.event(UnexpectedResponse.__name__, bug_message(error))
        if isinstance(outcome, Question):
            text = (
                f"{self.awaited}: {counted(len(outcome.blocks), 'pod is', 'pods are')}"
                " blocked; a person is asked"
            )
            return self.event(ASKS, text, outcome.as_json())
        result = outcome.as_json()
        return self.event(DONE, drained_message(self.target.title, result), result)

    async def _until_answered(self) -> DrainResult | Question:
        """Try until the cluster answers; each try reads endpoint, CA and credentials anew."""
        pauses = self._pauses()
        while True:
            began = time.monotonic()
            try:
                return await self._drain()
            except Exception as error:
                forget_access(self.address)
                if time.monotonic() - began >= GOOD_SECONDS:
                    pauses, self._refused_since = self._pauses(), None
                failure = classify(error)
                if not self._may_pass(failure):
                    raise
                if time.time() >= self.deadline:
                    raise Stuck(f"{self._limit()}; last seen: {failure.message}") from error
            pause = max(0.0, min(next(pauses), self.deadline - time.time()))
            again = f"{self.awaited} is interrupted and begins again in {pause:.0f} s"
            log_message(self.log, f"{again}: {failure.message}", WARNING)
            await asyncio.sleep(pause)

    async def _drain(self) -> DrainResult | Question:
        options = self._drain_options()
        access = await self._read_access()
        async with KubeClient(access, requests_per_second=options.requests_per_second) as kube:
            setup = DrainSetup(
                kube,
                self.target,
                options,
                deadline=self.deadline,
                on_progress=self._log_progress,
                first_began=self.began,
                ended=None if self.kubernetes_conn_id else partial(ended_instances, self.address),
                mark=self.mark,
            )
            return await drain(setup)

    async def _read_access(self) -> ClusterAccess:
        if self.kubernetes_conn_id:
            return await KubernetesConnection(self.kubernetes_conn_id).read_access_async()
        return await read_access(self.address)

    def _drain_options(self) -> DrainOptions:
        """The options, with which nobody is asked before it is time."""
        options = DrainOptions(**self.options)
        later = DeferredQuestion(options.when_blocked, self.not_before, time.time)
        return replace(options, when_blocked=later)

    def _log_progress(self, progress: DrainProgress) -> None:
        for line in progress.lines():
            log_message(self.log, line)

    def _pauses(self) -> Iterator[float]:
        factor = 1
        while True:
            yield self.poll_seconds * factor
            factor = min(LONGEST_PAUSE, factor * 2)
