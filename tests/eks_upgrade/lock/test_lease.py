"""The lock: who gets it when, and that two runs never both do."""

import pytest

from include.eks_upgrade.common.errors import LockHeld, Unreachable
from include.eks_upgrade.lock.acquire import Pace, acquire, release
from include.eks_upgrade.lock.lease import Held, Renew, Take, decide, micro_time, written

NOON = 1_763_899_200.0  # 2025-11-23 12:00 UTC


def lease(holder="run-a", renewed=NOON, seconds=3600):
    spec = {
        "holderIdentity": holder,
        "leaseDurationSeconds": seconds,
        "acquireTime": micro_time(NOON - 600),
        "renewTime": micro_time(renewed),
    }
    meta = {"name": "eks-upgrade", "namespace": "kube-system", "uid": "u", "resourceVersion": "7"}
    return {"metadata": meta, "spec": spec}


@pytest.mark.parametrize(
    ("found", "ended", "decision"),
    [
        pytest.param(None, False, Take, id="no-lease"),
        pytest.param(lease("run-b"), False, Renew, id="ours"),
        pytest.param(lease(), False, Held, id="another-run-holds-it"),
        pytest.param(lease(), True, Take, id="its-run-has-ended"),
        pytest.param(lease(renewed=NOON - 3600), False, Take, id="not-renewed-in-time"),
        pytest.param(lease(renewed=NOON - 3599), False, Held, id="one-second-left"),
        pytest.param(lease(""), False, Take, id="released"),
        pytest.param({"metadata": {}, "spec": {}}, False, Take, id="empty-lease"),
    ],
)
def test_decides_who_gets_the_lock(found, ended, decision):
    assert isinstance(decide(found, "run-b", NOON, holder_ended=ended), decision)


def test_taking_over_keeps_the_version_it_was_read_at_and_counts_the_transition():
    wanted = written(lease(), "run-b", NOON, minutes=2)
    assert wanted["metadata"]["resourceVersion"] == "7"
    assert wanted["spec"] == {
        "holderIdentity": "run-b",
        "leaseDurationSeconds": 120,
        "acquireTime": "2025-11-23T12:00:00.000000Z",
        "renewTime": "2025-11-23T12:00:00.000000Z",
        "leaseTransitions": 1,
    }


def test_renewing_keeps_the_time_it_was_taken():
    spec = written(lease("run-b"), "run-b", NOON + 60, minutes=2)["spec"]
    assert spec["acquireTime"] == micro_time(NOON - 600)
    assert spec["renewTime"] == micro_time(NOON + 60)


class Leases:
    """The Lease of one cluster, with the API server's compare-and-swap."""

    def __init__(self, found=None):
        self.found, self.version, self.rivals = found, 7, []

    async def lease(self, _):
        return self.found

    async def create_lease(self, wanted):
        return self._store(wanted, free=self.found is None)

    async def replace_lease(self, wanted):
        if self.rivals:  # another run writes between our reading and our writing
            self.found = self.rivals.pop(0)
        current = self.found["metadata"]["resourceVersion"]
        return self._store(wanted, free=wanted["metadata"]["resourceVersion"] == current)

    async def delete_lease(self, _):
        self.found = None
        return True

    def _store(self, wanted, *, free):
        if not free:
            return None
        self.version += 1
        wanted["metadata"] |= {"uid": "u", "resourceVersion": str(self.version)}
        self.found = wanted
        return wanted


class Clock:
    """Time that passes in pauses only."""

    def __init__(self, now=NOON):
        self.now = now

    async def sleep(self, seconds):
        self.now += seconds


def pace(now=NOON):
    clock = Clock(now)
    return Pace(now=lambda: clock.now, sleep=clock.sleep, spread=lambda: 1.0)


def test_a_renewal_does_not_shorten_what_another_task_of_the_run_needs():
    spec = written(lease("run-b", seconds=3 * 3600), "run-b", NOON + 60, minutes=120)["spec"]
    assert spec["leaseDurationSeconds"] == 3 * 3600 - 60
    assert written(lease("run-b"), "run-c", NOON, minutes=1)["spec"]["leaseDurationSeconds"] == 60


async def test_takes_a_free_lock_and_renews_it_when_run_again():
    leases = Leases()
    first = await acquire(leases, "run-b", pace=pace(), minutes=10)
    again = await acquire(leases, "run-b", pace=pace(NOON + 60), minutes=10)
    assert first.data == {"holder": "run-b", "until": NOON + 600}
    assert again.data["until"] == NOON + 660


async def test_a_held_lock_names_holder_times_and_what_to_do():
    with pytest.raises(LockHeld) as held:
        await acquire(Leases(lease()), "run-b", pace=pace())
    for word in ("run-a", "2025-11-23 11:50 UTC", "2025-11-23 13:00 UTC", "delete lease"):
        assert word in str(held.value)


async def test_takes_the_lock_of_a_run_that_has_ended():
    asked = []
    leases = Leases(lease())
    await acquire(leases, "run-b", pace=pace(), ended=lambda holder: asked.append(holder) or True)
    assert (asked, leases.found["spec"]["holderIdentity"]) == (["run-a"], "run-b")


async def test_a_rival_that_writes_first_keeps_the_lock():
    leases = Leases(lease(renewed=0.0))
    rival = lease("run-c")
    rival["metadata"]["resourceVersion"] = "8"
    leases.rivals = [rival]
    with pytest.raises(LockHeld, match="run-c"):
        await acquire(leases, "run-b", pace=pace())


async def test_what_a_sister_task_renewed_meanwhile_is_not_written_again():
    leases = Leases(lease("run-b"))
    sister = lease("run-b", renewed=NOON, seconds=7200)
    sister["metadata"]["resourceVersion"] = "8"
    leases.rivals = [sister]
    assert (await acquire(leases, "run-b", pace=pace(), minutes=120)).data["until"] == NOON + 7200
    assert leases.version == 7


async def test_a_sister_task_that_needs_less_is_outbid():
    leases = Leases(lease("run-b"))
    sister = lease("run-b", renewed=NOON, seconds=3600)
    sister["metadata"]["resourceVersion"] = "8"
    leases.rivals = [sister]
    until = (await acquire(leases, "run-b", pace=pace(), minutes=180)).data["until"]
    assert until == pytest.approx(NOON + 180 * 60, abs=1)
    assert leases.version == 8


async def test_gives_up_when_others_are_always_quicker():
    leases = Leases(lease("run-b"))
    leases.rivals = [lease("run-b") for _ in range(99)]
    for number, rival in enumerate(leases.rivals):
        rival["metadata"]["resourceVersion"] = f"r{number}"
    with pytest.raises(Unreachable, match="changed by others for 60 seconds"):
        await acquire(leases, "run-b", pace=pace())


@pytest.mark.parametrize(
    ("found", "changed"),
    [
        pytest.param(lease("run-b"), True, id="ours"),
        pytest.param(lease("run-a"), False, id="another-runs"),
        pytest.param(None, False, id="none"),
    ],
)
async def test_releases_only_its_own(found, changed):
    leases = Leases(found)
    assert (await release(leases, "run-b")).changed is changed
    assert (leases.found is None) is (changed or found is None)
