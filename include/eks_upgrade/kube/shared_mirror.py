"""One picture of a cluster's resource for all in this process who look at it by the same identity.

Thirty drains of one cluster would each hold all its pods and watch them. Here the first who looks
opens the watch, with a client of its own, and the last closes it. Everybody is told of changes as
by a mirror of their own; who comes later is told first what there is. What one identity may see is
never shown to another.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from include.eks_upgrade.common.event_loop import Slices
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.connection.access import ClusterAccess
from include.eks_upgrade.kube.mirror import I, Mirror

log = logging.getLogger(__name__)

T = TypeVar("T")
Changed = Callable[[T | None, T | None], None]


def _nobody(_old: object, _new: object) -> None:
    """Is told of changes once the last one has left."""


ANEW_SECONDS = 5.0
"""A list that began so recently is not begun anew, whoever asks."""


@dataclass(frozen=True)
class _Key:
    """Who looks at what, where, and in which event loop."""

    loop: int
    access: tuple[str, str, str | None, str]
    plural: str


_pictures: dict[_Key, "_Picture[Any]"] = {}


def mirror_of(
    client: KubeClient,
    plural: str,
    parse: Callable[[Raw], T],
    *,
    changed: Changed[T] = lambda _old, _new: None,
    query: Mapping[str, str] | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> "AnyMirror[T]":
    """A mirror for the life of this client: shared where others may look at the same.

    Args:
        client: the cluster; its access names an identity where pictures may be shared.
        plural: name of the resource; all who look at it must give the same `parse`.
        parse: as `Mirror`'s.
        changed: as `Mirror`'s.
        query: as `Mirror`'s; a part of a resource is never shared.
        sleep: as `Mirror`'s; a shared picture waits in real time.
    """
    if query or not client.access.identity:
        return Mirror(client, plural, parse, changed=changed, query=query, sleep=sleep)
    mirror = SharedMirror(client.access, plural, parse, changed=changed)
    client.on_close.append(mirror.leave)
    return mirror


class SharedMirror(Generic[T]):
    """As `Mirror`, for one of several who share a picture.

    What `changed` raises ends this one and no other.

    Args:
        access: the cluster; its `identity` says by whose rights the picture is seen.
        plural: name of the resource as in `kube.client.PATHS`.
        parse: raw JSON to value.
        changed: as `Mirror`'s.
    """

    def __init__(
        self,
        access: ClusterAccess,
        plural: str,
        parse: Callable[[Raw], T],
        *,
        changed: Changed[T] = lambda _old, _new: None,
    ) -> None:
        self._access, self._plural, self._parse = access, plural, parse
        self._changed = changed
        self._picture: _Picture[T] | None = None
        self._untold: dict[int, T] = {}
        self._failure: asyncio.Future[None] | None = None

    @property
    def objects(self) -> Mapping[str, T]:
        """By uid, the objects of which this one has been told."""
        if self._picture is None or self not in self._picture.told:
            return {}
        there = self._picture.mirror.objects
        if not self._untold:
            return there
        return {uid: value for uid, value in there.items() if id(value) not in self._untold}

    def indexed_by(self, make: Callable[[], I]) -> I:
        """As `Mirror.indexed_by`; all who share the picture share its indexes.

        An index knows of a change before any of them is told of it.
        """
        return self._join().mirror.indexed_by(make)

    async def refresh(self) -> None:
        """Be told what there is, from a fresh list if nobody keeps the picture true yet."""
        picture = self._join()
        if self._failure is not None:
            await picture.refresh(time.monotonic())
            return
        self._failure = asyncio.get_running_loop().create_future()
        if not picture.mirror.lists:
            await picture.refresh(0.0)
        async with picture.turn:
            await self._catch_up(picture)

    async def follow(self) -> None:
        """Be told of changes until cancelled.

        Raises:
            UpgradeError: as `Mirror.follow`.
            Exception: what `changed` raised.
        """
        if self._failure is None:
            await self.refresh()
        assert self._picture is not None and self._failure is not None  # noqa: S101, PT018 - it has joined
        watch = self._picture.follow()
        # `wait`, for who is cancelled here must not cancel the watch of the others.
        await asyncio.wait({watch, self._failure}, return_when=asyncio.FIRST_COMPLETED)
        for ended in (self._failure, watch):
            if ended.done():
                ended.result()

    def start_over(self) -> None:
        """List anew now, whatever the watch says; harmless when it has not begun."""
        if self._picture is not None:
            self._picture.start_over()

    async def leave(self) -> None:
        """Be told nothing more; the last one ends the watch."""
        picture, self._picture = self._picture, None
        self._changed, self._untold = _nobody, {}  # whoever was told is not kept by this one
        if picture is not None:
            await picture.lose(self)

    def tell(self, old: T | None, new: T | None) -> None:
        """Pass a change on; of what was not told yet, only what it is now."""
        if self._untold.pop(id(old), None) is not None:
            old = None
        if old is None and new is None:
            return
        try:
            self._changed(old, new)
        except Exception as error:  # noqa: BLE001 - raised where this one follows
            self._end(error)

    def _end(self, error: Exception) -> None:
        log.debug("one who looks at '%s' ends: %r", self._plural, error)
        if self._picture is not None:
            self._picture.told.pop(self, None)
        if self._failure is not None and not self._failure.done():
            self._failure.set_exception(error)
            self._failure.exception()  # seen: who never comes to follow must leave no warning

    def _join(self) -> "_Picture[T]":
        if self._picture is not None:
            return self._picture
        access = self._access
        who = access.endpoint, access.certificate_authority, access.proxy, access.identity
        key = _Key(id(asyncio.get_running_loop()), who, self._plural)
        if key not in _pictures:
            _pictures[key] = _Picture(key, access, self._parse)
        self._picture = _pictures[key]
        self._picture.members.add(self)
        return self._picture

    async def _catch_up(self, picture: "_Picture[T]") -> None:
        """Be told what there is, bit by bit; what changes meanwhile is told by the change."""
        self._untold = {id(value): value for value in picture.mirror.objects.values()}
        picture.told[self] = None
        slices = Slices()
        for value in list(self._untold.values()):
            if self._failure is not None and self._failure.done():
                break
            if id(value) in self._untold:
                self.tell(value, value)  # as a change of what was not told: told as new
            await slices.pause()
        if self._failure is not None and self._failure.done():
            self._failure.result()


class _Picture(Generic[T]):
    """The mirror behind all of one key, its watch, and who looks.

    Attributes:
        members: all who have joined. told: those of them who are told of changes, in their order.
        turn: who is told what there is; one at a time, lest all of them hold the loop together.
    """

    def __init__(self, key: _Key, access: ClusterAccess, parse: Callable[[Raw], T]) -> None:
        self.key = key
        self.mirror: Mirror[T] = Mirror(
            KubeClient(access), key.plural, parse, changed=self._changed
        )
        self.members: set[SharedMirror[T]] = set()
        self.told: dict[SharedMirror[T], None] = {}
        self.turn = asyncio.Lock()
        self._opened = False
        self._listing = asyncio.Lock()
        self._listed_at = float("-inf")
        self._following: asyncio.Task[None] | None = None

    async def refresh(self, since: float) -> None:
        """List everything, unless a list has begun at or after `since` (monotonic seconds)."""
        async with self._listing:
            if self.mirror.lists and self._listed_at >= since:
                return
            if not self._opened:
                await self.mirror.client.__aenter__()
                self._opened = True
            began = time.monotonic()
            await self.mirror.refresh()
            self._listed_at = began

    def follow(self) -> asyncio.Task[None]:
        """The one watch; it ends with an error, or when the last member leaves."""
        if self._following is None:
            self._following = asyncio.create_task(self.mirror.follow())
            self._following.add_done_callback(self._forget)
        return self._following

    def start_over(self) -> None:
        """List anew, unless that has just been done."""
        now = time.monotonic()
        if now - self._listed_at >= ANEW_SECONDS:
            self._listed_at = now
            self.mirror.start_over()

    async def lose(self, member: "SharedMirror[T]") -> None:
        """Let one go, and close when nobody is left."""
        self.members.discard(member)
        self.told.pop(member, None)
        if self.members:
            return
        self._forget()
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError, Exception):  # those who followed were told
                await self._following
        if self._opened:
            await self.mirror.client.__aexit__(None, None, None)
        self.mirror.forget()

    def _forget(self, _: object = None) -> None:
        """Who comes from now on begins a picture of its own: this one is not kept true any more."""
        if _pictures.get(self.key) is self:
            del _pictures[self.key]

    def _changed(self, old: T | None, new: T | None) -> None:
        for member in list(self.told):
            member.tell(old, new)


AnyMirror = Mirror[T] | SharedMirror[T]
"""What both can do is the same."""
