"""Lifting what a dead run left behind: look, take the lock, lift."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from eks_upgrade_airflow.base import EksStepOperator, run
from eks_upgrade_airflow.operators.first_look import given_to, usable_clients
from eks_upgrade_airflow.run.events import result_of
from eks_upgrade_airflow.run.lock import holder_of, run_state
from eks_upgrade_airflow.run.request_tokens import request_token
from eks_upgrade_airflow.triggers.update import EksUpdateTrigger
from include.eks_upgrade.cleanup.options import release_problems
from include.eks_upgrade.cleanup.release import (
    Findings,
    forget,
    lift_from_asg,
    lift_from_nodes,
    look,
    look_for_ways_back,
    unmark,
)
from include.eks_upgrade.cleanup.way_back import WayBack
from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import LockHeld, Problem, Refused, Stuck, UpdateFailed
from include.eks_upgrade.common.step_result import StepResult
from include.eks_upgrade.common.text import trimmed
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.lock.acquire import acquire
from include.eks_upgrade.lock.lease import NAME, holder_in
from include.eks_upgrade.lock.takeover import Free, Kept, kept_message, may_take
from include.eks_upgrade.planning.preflight.rules.options import (
    region_word,
    role_word,
    told_together,
    unknown_parameters,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

ROUNDS = 6
"""Looks, beside one for each group, until it is odd that something of ours is still there."""

LIFTED, LEFT = "lifted", "left"
"""What this run has lifted and what it left, in sentences, over all tries (task_state_store, and
XComs of the task for the report)."""


class EksReleaseStep(EksStepOperator):
    """What the steps of the release share.

    Args:
        node_groups: node groups to look at; empty or None: all of them.
        lock_holder: the holder of the lock that a person knows to be dead.
        only_look: list what would be lifted and change nothing.
        return_to_old_nodes: pods are to go back to the old nodes afterwards: what keeps them from
            it is refused, and only old node groups are given back, with the nodes that they had.
    """

    template_fields: Sequence[str] = (
        *EksStepOperator.template_fields,
        "node_groups", "lock_holder", "only_look", "return_to_old_nodes",
    )  # fmt: skip

    def __init__(
        self,
        *,
        node_groups: Sequence[str] | None = None,
        lock_holder: str | None = None,
        only_look: bool = False,
        return_to_old_nodes: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.node_groups = node_groups
        self.lock_holder = lock_holder
        self.only_look = only_look
        self.return_to_old_nodes = return_to_old_nodes

    @property
    def wanted_groups(self) -> list[str]:
        """The node groups that were asked for; a field of the form may have empty lines."""
        return [name for name in self.node_groups or () if name]

    async def look(self, given_back: Sequence[str] | None = None) -> Findings:
        """What carries our marks; of these groups, by default those that were asked for."""
        wanted = given_back if given_back is not None else self.wanted_groups
        back = bool(self.return_to_old_nodes)
        async with KubeClient(self.access) as kube:
            return await look(self.clients, kube, self.cluster_name, wanted, raise_again=back)

    async def ways_back(self) -> tuple[WayBack, ...]:
        """The pairs whose pods go back; none where that is not wanted.

        Raises:
            Refused: one of them cannot, or there is none.
        """
        if not self.return_to_old_nodes:
            return ()
        async with KubeClient(self.access) as kube:
            found = await look_for_ways_back(
                self.clients, kube, self.cluster_name, self.wanted_groups
            )
        if found.problems:
            raise Refused(f"No pods of {self.cluster_name} go back", found.problems)
        return found.ways

    def judge_lock(self, context: "Context", lease: Mapping[str, Any] | None) -> Free | Kept:
        """Whether the lock may be taken from whoever holds it."""
        me = holder_of(context)
        return may_take(
            lease,
            me,
            time.time(),
            state=run_state(context, me, holder_in(lease)),
            typed=trimmed(self.lock_holder or ""),
        )


class EksReleaseLookOperator(EksReleaseStep):
    """Find what a dead run left, and whether it may be lifted; changes nothing.

    `data` is `{"lifts": [sentence], "left": [sentence], "lock": sentence, "nothing_to_do": bool,
    "holders": [who holds the lock or has left a mark], "ways_back": [`WayBack.as_json`]}`; after
    `only_look` there is nothing to do. The XCom `ways_back` has those whose pods go back.

    Args:
        parameters: as `EksPlanUpgradeOperator` takes them.
        options: what was chosen, by the names of docs/parameters.md; what it contradicts is
            refused before anything is looked at.
    """

    template_fields: Sequence[str] = (*EksReleaseStep.template_fields, "options")
    output_keys = ("ways_back",)

    def __init__(
        self,
        *,
        parameters: Sequence[str] = (),
        options: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.parameters = parameters
        self.options = options

    def step(self, context: "Context") -> StepResult:
        """Judge what was given, then look."""
        known = [
            *unknown_parameters(given_to(context), self.parameters),
            *region_word(self.region_name or ""),
            *role_word(str(trimmed(self.role_arn) or "")),
            *release_problems(self.options or {}),
        ]
        with told_together(partial(Refused, f"Nothing of {self.cluster_name} is lifted"), known):
            usable_clients(self, known)
            return self._looked(context)

    def _looked(self, context: "Context") -> StepResult:
        """Look at the lock first: while a run lives, its marks are its own."""
        lock, holder = run(self._look_at_lock(context))
        message = kept_message(lock) if isinstance(lock, Kept) else lock.why
        if isinstance(lock, Kept) and not self.only_look:
            raise LockHeld(message)
        ways = run(self.ways_back())
        found = run(self.look([way.old for way in ways] if ways else None))
        data = {
            "lifts": list(found.lifts),
            "left": list(found.left),
            "lock": message,
            "nothing_to_do": bool(self.only_look),
            "holders": sorted({*found.holders, holder} - {""}),
            "ways_back": [] if self.only_look else [way.as_json() for way in ways],
        }
        text = report_of("To lift", [*found.lifts, *found.awaited], found.left, message)
        text = "\n".join([text, *(f"Then: {way.sentence}." for way in ways)])
        return StepResult(text, data=data)

    async def _look_at_lock(self, context: "Context") -> tuple[Free | Kept, str]:
        """Whether it may be taken, and from whom."""
        async with KubeClient(self.access) as kube:
            lease = await kube.lease(NAME)
        return self.judge_lock(context, lease), holder_in(lease)


class EksReleaseLockOperator(EksReleaseStep):
    """Take the lock from the dead run, so that no other begins meanwhile; `only_look` skips it."""

    def step(self, context: "Context") -> StepResult:
        """Take it over, or say who keeps it."""
        if self.only_look:
            raise AirflowSkipException("only_look is on: nothing is lifted")
        return run(self._take(context))

    async def _take(self, context: "Context") -> StepResult:
        async with KubeClient(self.access) as kube:
            lease = await kube.lease(NAME)
            judged = self.judge_lock(context, lease)
            if isinstance(judged, Kept):
                raise LockHeld(kept_message(judged))
            dead = holder_in(lease)
            return await acquire(
                kube,
                holder_of(context),
                minutes=self.lock_minutes,
                ended=lambda other: other == dead,  # exactly the one that was judged
            )


class EksReleaseLiftOperator(EksReleaseStep):
    """Lift every cordon, label, taint and cap that carries our mark; deferrable.

    `data` is `{"lifted": [sentence], "left": [sentence]}`.

    Args:
        waiter_delay: seconds between two looks at an update.
        limit_minutes: minutes EKS may take for one update.
        found_ways: `ways_back` as `EksReleaseLookOperator` has found them: of these only the old
            groups are given back. Empty: all that carries our marks, or was asked for.
    """

    template_fields: Sequence[str] = (
        *EksReleaseStep.template_fields, "waiter_delay", "limit_minutes", "found_ways",
    )  # fmt: skip
    holds_lock = True

    def __init__(
        self,
        *,
        waiter_delay: float = 30.0,
        limit_minutes: float = 30.0,
        found_ways: Sequence[Mapping[str, Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.found_ways = found_ways
        self.waiter_delay = waiter_delay
        self.limit_minutes = limit_minutes

    def step(self, context: "Context") -> StepResult:
        """Lift what can be lifted now, and wait for what EKS is at work on."""
        return self._round(context, 1)

    def after_wait(self, context: "Context", event: Mapping[str, Any]) -> StepResult:
        """Look again; an update of somebody else may have failed, that is no matter of ours."""
        carry = event["carry"]
        try:
            result_of(event)
        except UpdateFailed:
            if carry["ours"]:
                raise
        return self._round(context, carry["round"] + 1)

    def _round(self, context: "Context", number: int) -> StepResult:
        ways = self.found_ways or ()
        found = run(self.look([str(way["old"]) for way in ways] if ways else None))
        self._remember(context, LEFT, found.left)
        if found.nothing:
            return self._account(context)
        if number > ROUNDS + len(found.groups):
            raise Stuck(
                f"still there after {number - 1} looks: {'; '.join(found.lifts) or found.running}."
                " Look at the node group's updates in the EKS console, then repeat this step"
            )
        run(self._lift_from_nodes(context, found))
        for each in found.groups:
            self._remember(context, LIFTED, lift_from_asg(self.clients, each))
        started, refused = self._unmark(context, found, number)
        updates = dict(found.running) | started
        if not updates and refused:
            raise Refused("Not all was released", refused)
        if not updates:
            return self._account(context)
        group, update_id = next(iter(updates.items()))
        carry = {"round": number, "ours": group not in found.running}
        return self.wait_for(
            EksUpdateTrigger.within(
                self.limit_minutes,
                self.address,
                poll_seconds=self.waiter_delay,
                update_id=update_id,
                nodegroup_name=group,
                carry=carry,
            )
        )

    async def _lift_from_nodes(self, context: "Context", found: Findings) -> None:
        async with KubeClient(self.access) as kube:
            for group in found.groups:
                self._remember(context, LIFTED, await lift_from_nodes(kube, group))
            self._remember(context, LIFTED, await forget(kube, found))

    def _unmark(
        self, context: "Context", found: Findings, number: int
    ) -> tuple[dict[str, str], list[Problem]]:
        """Node group -> id of the update that takes its mark off; and where EKS takes none."""
        started: dict[str, str] = {}
        refused: list[Problem] = []
        for group in found.groups:
            if group.group in found.running:
                continue
            token = request_token(context, f"release {self.cluster_name}/{group.group} {number}")
            try:
                update_id = unmark(self.clients, self.cluster_name, group, token=token)
            except Refused as error:
                if not group.unwell:
                    raise
                refused += error.problems
                continue
            if update_id:
                started[group.group] = update_id
                self._remember(context, LIFTED, group.config)
        return started, refused

    def _remember(self, context: "Context", key: str, sentences: Sequence[str]) -> list[str]:
        """Add to what is known of this run, each sentence once; returns all of it."""
        known: Any = context["task_state_store"].get(key)
        wanted = list(dict.fromkeys([*(known or ()), *sentences]))
        if wanted != list(known or ()):
            context["task_state_store"].set(key, wanted)
        context["ti"].xcom_push(key=key, value=wanted)
        return wanted

    def _account(self, context: "Context") -> StepResult:
        lifted, left = (self._remember(context, key, ()) for key in (LIFTED, LEFT))
        lock = "the cluster's lock is given back by the next task"
        data = {"lifted": lifted, "left": left}
        return StepResult(report_of("Lifted", lifted, left, lock), changed=bool(lifted), data=data)


def report_of(title: str, lifts: Sequence[str], left: Sequence[str], lock: str) -> str:
    """The report of a release, for log and XCom."""
    lines = [f"{title}: {counted(len(lifts), 'thing that carries', 'things that carry')} our mark."]
    lines += [f"  - {sentence}" for sentence in lifts]
    lines.append(f"Left alone: {counted(len(left), 'thing')}, and everything without our mark.")
    lines += [f"  - {sentence}" for sentence in left]
    return "\n".join([*lines, f"Lock: {lock}."])
