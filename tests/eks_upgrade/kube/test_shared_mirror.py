"""One picture for many who look by the same identity, against a real HTTP server."""

import asyncio
import base64
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from include.eks_upgrade.common import event_loop
from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.kube import shared_mirror
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.mirror import Mirror
from include.eks_upgrade.kube.objects import Pod
from include.eks_upgrade.kube.shared_mirror import SharedMirror, mirror_of
from tests.rehearsal.kube.kube_lab import Lab, make_token, pod

PODS = 90
"""They fit on one page."""


@pytest.fixture(name="lab")
def a_lab() -> Iterator[Lab]:
    made = Lab()
    made.add_node("blue-0")
    with made.clock.lock:
        for number in range(PODS):
            made.cluster.apply(pod(f"p{number}"))
    made.settle()
    yield made
    made.stop()
    assert made.server.failures == []
    assert shared_mirror._pictures == {}


class Looker:
    """One who keeps its own book of what it was told."""

    def __init__(self, kube: KubeClient, *, fails_at: str = "") -> None:
        self.there: dict[str, Pod] = {}
        self.told = 0
        self.fails_at = fails_at
        self.mirror: Any = mirror_of(kube, "pods", Pod.from_raw, changed=self.changed)

    def changed(self, old: Pod | None, new: Pod | None) -> None:
        self.told += 1
        if old is not None:
            assert self.there.pop(old.uid) == old, "it was told of what it did not know"
        if new is not None:
            assert new.uid not in self.there, "it was told twice"
            self.there[new.uid] = new
            if new.name == self.fails_at:
                raise ValueError(f"no {new.name}, please")

    @property
    def names(self) -> set[str]:
        return {each.name for each in self.there.values()}


def access(lab: Lab, identity: str) -> ClusterAccess:
    ca = base64.b64encode(lab.server.ca_pem.encode()).decode()
    return ClusterAccess(lab.url, ca, make_token, identity=identity)


def client(lab: Lab, identity: str = "aws main eu-west-1") -> KubeClient:
    return KubeClient(access(lab, identity))


@asynccontextmanager
async def following(*lookers: Looker) -> Any:
    tasks = [asyncio.create_task(looker.mirror.follow()) for looker in lookers]
    yield tasks
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def change(lab: Lab, *added: str) -> None:
    with lab.clock.lock:
        for name in added:
            lab.cluster.apply(pod(name))


async def seen(looker: Looker, *names: str) -> None:
    async with asyncio.timeout(10):
        while not set(names) <= looker.names:  # noqa: ASYNC110 - a book has no event
            await asyncio.sleep(0.01)


def lists(lab: Lab, operation: str = "list pods") -> int:
    return len(lab.server.journal.entries(operation=operation))


async def test_thirty_who_look_at_once_share_one_list_and_one_watch(lab: Lab) -> None:
    async with client(lab) as kube:
        lookers = [Looker(kube) for _ in range(30)]
        await asyncio.gather(*(looker.mirror.refresh() for looker in lookers))
        async with following(*lookers):
            change(lab, "late")
            for looker in lookers:
                await seen(looker, "late")
                assert len(looker.there) == len(looker.mirror.objects) == PODS + 1
            first = next(iter(lookers[0].there.values()))
            assert all(looker.there[first.uid] is first for looker in lookers)
    assert (lists(lab), lists(lab, "watch pods")) == (1, 1)


async def test_who_comes_later_is_told_what_there_is_and_then_what_changes(lab: Lab) -> None:
    async with client(lab) as kube, client(lab) as other:
        early = Looker(kube)
        await early.mirror.refresh()
        async with following(early):
            change(lab, "before")
            await seen(early, "before")
            late = Looker(other)
            await late.mirror.refresh()
            assert late.names == early.names
            async with following(late):
                change(lab, "after")
                await seen(late, "after")
                await seen(early, "after")
    assert lists(lab) == 1


async def test_what_changes_while_one_is_told_what_there_is_is_told_once(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_loop, "SLICE_SECONDS", 0.0)  # the loop runs after each pod
    async with client(lab) as kube:
        early, late = Looker(kube), Looker(kube)
        await early.mirror.refresh()
        picture = next(iter(shared_mirror._pictures.values())).mirror

        async def disturb() -> None:
            """Events of a watch, while the other is being told."""
            for uid in [*picture.objects][::7]:
                picture._put(uid, replace(picture.objects[uid], restarts=1))
                await asyncio.sleep(0)
            for uid in [*picture.objects][::5]:
                picture._drop(uid)
                await asyncio.sleep(0)

        await asyncio.gather(late.mirror.refresh(), disturb())
        assert late.there == early.there == picture.objects


class Names:
    """An index: the names there are."""

    def __init__(self) -> None:
        self.there: set[str] = set()

    def change(self, old: Pod | None, new: Pod | None) -> None:
        self.there -= {old.name} if old else set()
        self.there |= {new.name} if new else set()


class Checking(Looker):
    """One who asks the index, whenever it is told of something, whether it knows."""

    def changed(self, old: Pod | None, new: Pod | None) -> None:
        super().changed(old, new)
        assert (new is None) or new.name in self.mirror.indexed_by(Names).there


async def test_all_who_share_a_picture_share_its_index_which_knows_before_they_are_told(
    lab: Lab,
) -> None:
    async with client(lab) as kube, client(lab) as other:
        lookers = [Checking(kube), Checking(other)]
        first, second = (looker.mirror.indexed_by(Names) for looker in lookers)
        assert first is second
        await asyncio.gather(*(looker.mirror.refresh() for looker in lookers))
        async with following(*lookers) as tasks:
            change(lab, "late")
            for looker in lookers:
                await seen(looker, "late")
                assert first.there == looker.names
            assert not any(task.done() for task in tasks)


async def test_an_index_that_is_asked_for_later_has_what_there_is(lab: Lab) -> None:
    async with client(lab) as kube:
        for mirror in (Looker(kube).mirror, Mirror(kube, "pods", Pod.from_raw)):
            await mirror.refresh()
            assert len(mirror.indexed_by(Names).there) == PODS


async def test_one_who_fails_ends_alone(lab: Lab) -> None:
    async with client(lab) as kube, client(lab) as other:
        weak, strong = Looker(kube, fails_at="bad"), Looker(other)
        await asyncio.gather(weak.mirror.refresh(), strong.mirror.refresh())
        async with following(weak, strong) as (failing, going):
            change(lab, "bad")
            await seen(strong, "bad")
            with pytest.raises(ValueError, match="no bad, please"):
                await asyncio.wait_for(failing, 10)
            change(lab, "more")
            await seen(strong, "more")
            assert not going.done()
            assert "more" not in weak.names


async def test_one_who_fails_at_what_there_is_is_told_at_once(lab: Lab) -> None:
    async with client(lab) as kube:
        weak, strong = Looker(kube, fails_at="p7"), Looker(kube)
        ends = await asyncio.gather(
            weak.mirror.refresh(), strong.mirror.refresh(), return_exceptions=True
        )
        assert isinstance(ends[0], ValueError)
        assert ends[1] is None
        assert len(strong.there) == PODS


async def test_the_last_one_out_ends_the_watch_and_the_next_begins_anew(lab: Lab) -> None:
    for _ in range(2):
        async with client(lab) as kube, client(lab) as other:
            lookers = [Looker(kube), Looker(other)]
            await asyncio.gather(*(each.mirror.refresh() for each in lookers))
            async with following(*lookers):
                pass
            assert len(shared_mirror._pictures) == 1
        assert shared_mirror._pictures == {}
    assert lists(lab) == 2


async def test_one_who_is_cancelled_leaves_the_others_their_watch(lab: Lab) -> None:
    async with client(lab) as kube:
        stays = Looker(kube)
        async with client(lab) as other:
            goes = Looker(other)
            await asyncio.gather(stays.mirror.refresh(), goes.mirror.refresh())
            first = asyncio.create_task(goes.mirror.follow())  # it is who began the watch
            await asyncio.sleep(0.05)
            async with following(stays):
                first.cancel()
                await asyncio.gather(first, return_exceptions=True)
                await goes.mirror.leave()
                change(lab, "later")
                await seen(stays, "later")
    assert lists(lab, "watch pods") == 1


async def test_a_watch_that_is_not_granted_any_more_ends_all_and_the_next_one_asks_anew(
    lab: Lab,
) -> None:
    async with client(lab) as kube:
        lookers = [Looker(kube), Looker(kube)]
        await asyncio.gather(*(each.mirror.refresh() for each in lookers))
        async with following(*lookers) as tasks:
            await asyncio.sleep(0.1)
            lab.server.forbid("watch", "pods")
            lab.server.end_watches("pods")
            ends = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        assert [type(end) for end in ends] == [Refused, Refused]
        lab.server.allow_all()
        again = Looker(kube)
        await again.mirror.refresh()
        assert len(again.there) == PODS
    assert lists(lab) == 2


async def test_what_one_identity_sees_is_not_shown_to_another(lab: Lab) -> None:
    async with client(lab) as ours, client(lab, "aws other eu-west-1") as theirs:
        looker = Looker(ours)
        await looker.mirror.refresh()
        lab.server.forbid("list", "pods")
        with pytest.raises(Refused, match="forbids `list pods`"):
            await Looker(theirs).mirror.refresh()


@pytest.mark.parametrize(
    ("identity", "query", "kind"),
    [
        pytest.param("aws main eu-west-1", None, SharedMirror, id="known and whole"),
        pytest.param("aws main eu-west-1", {"labelSelector": "a=b"}, Mirror, id="a part"),
        pytest.param("", None, Mirror, id="nobody's"),
    ],
)
async def test_only_a_whole_resource_of_a_known_identity_is_shared(
    lab: Lab, identity: str, query: dict[str, str] | None, kind: type
) -> None:
    async with client(lab, identity) as kube:
        assert type(mirror_of(kube, "pods", Pod.from_raw, query=query)) is kind
