"""The observer writes down by its own clock what became of each pod."""

import pytest

from benchmarks.drain_bound import Life
from benchmarks.drain_observer import Observer
from include.eks_upgrade.kube.client import KubeClient
from include.eks_upgrade.kube.errors import Expired
from include.eks_upgrade.kube.objects import Pod


class Steps:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Steps()


@pytest.fixture
def observer(clock):
    observer = Observer(KubeClient(access=None, transport=object()), now=clock)
    old = Pod.from_raw(raw("old", ready=True))
    observer.lives[old.uid] = Life(old, old.node)
    return observer


def raw(name, *, node="n", ready=False, leaving=False):
    meta = {"namespace": "shop", "name": name, "uid": name, "resourceVersion": "7"}
    if leaving:
        meta["deletionTimestamp"] = "2026-11-23T07:00:00Z"
    conditions = [{"type": "Ready", "status": "True"}] if ready else []
    return {
        "metadata": meta,
        "spec": {"nodeName": node} if node else {},
        "status": {"phase": "Running", "conditions": conditions},
    }


def test_a_replacement_has_a_start_and_a_moved_pod_a_stop(observer, clock):
    for clock.now, kind, seen in (
        (1.0, "MODIFIED", raw("old", ready=True, leaving=True)),
        (1.1, "ADDED", raw("new", node="")),
        (1.2, "MODIFIED", raw("new", node="m")),
        (1.6, "DELETED", raw("old", leaving=True)),
        (2.4, "MODIFIED", raw("new", node="m", ready=True)),
        (2.9, "MODIFIED", raw("new", node="m", ready=True)),
    ):
        observer.see({"type": kind, "object": seen})
    old, new = observer.lives["old"], observer.lives["new"]
    assert (old.start_seconds, old.stop_seconds) == (None, pytest.approx(0.6))
    assert (new.node, new.start_seconds) == ("m", pytest.approx(1.3))


def test_a_pod_that_was_there_from_the_start_has_no_start(observer, clock):
    clock.now = 5.0
    observer.see({"type": "MODIFIED", "object": raw("old", ready=True)})
    assert observer.lives["old"] == Life(observer.lives["old"].pod, "n")


def test_a_bookmark_is_no_pod(observer):
    mark = {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "12"}}}
    observer.see(mark)
    assert list(observer.lives) == ["old"]


def test_a_watch_that_came_too_late_is_told(observer):
    with pytest.raises(Expired):
        observer.see({"type": "ERROR", "object": {"code": 410}})
