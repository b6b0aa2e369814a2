"""The first baseline counts until somebody takes it away, whoever else writes meanwhile."""

import asyncio
import hashlib

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.verification.baseline import Baseline, Before, GroupId
from include.eks_upgrade.verification.keeping import (
    LEASES,
    first_baseline,
    forget_baselines,
    read_baseline,
    read_baselines,
)

GROUP = GroupId("workers", "arn:aws:eks:eu-west-1:1:nodegroup/demo/workers/first")


def baseline(ready, group=GROUP, count=1):
    names = [f"Deployment shop/web{number or ''}" for number in range(count)]
    return Baseline(group.name, group.arn, 1000.0, {name: Before(ready) for name in names})


def taking(found):
    async def take():
        return found

    return take


def leases(stage):
    with stage.clock.lock:
        return stage.cluster.store.list("leases")


async def test_the_first_one_counts(stage):
    async with stage.client() as kube:
        first = await first_baseline(kube, GROUP, taking(baseline(3)))
        second = await first_baseline(kube, GROUP, taking(baseline(1)))
        read = await read_baseline(kube, GROUP)
    assert first == (baseline(3), True)
    assert second == (baseline(3), False)
    assert read == baseline(3)


async def test_a_later_group_of_the_same_name_has_its_own(stage):
    again = GroupId(GROUP.name, GROUP.arn.replace("first", "second"))
    async with stage.client() as kube:
        await first_baseline(kube, GROUP, taking(baseline(3)))
        assert await read_baseline(kube, again) is None
        assert await first_baseline(kube, again, taking(baseline(1, again))) == (
            baseline(1, again),
            True,
        )


async def test_thirty_groups_fenced_in_one_moment_lose_nothing(stage):
    groups = [GroupId(f"pool-{n}", f"arn:nodegroup/demo/pool-{n}/{n}") for n in range(30)]
    async with stage.client() as kube:
        await asyncio.gather(
            *(first_baseline(kube, each, taking(baseline(3, each))) for each in groups)
        )
        kept = await read_baselines(kube)
    assert sorted(each.group for each in kept) == sorted(each.name for each in groups)


async def test_two_who_begin_in_one_moment_agree(stage):
    async with stage.client() as kube:
        both = await asyncio.gather(
            first_baseline(kube, GROUP, taking(baseline(3))),
            first_baseline(kube, GROUP, taking(baseline(1))),
        )
    assert both[0][0] == both[1][0]
    assert sorted(new for _, new in both) == [False, True]


async def test_what_is_forgotten_is_gone_and_nothing_else(stage):
    other = GroupId("batch", "arn:nodegroup/demo/batch/1")
    async with stage.client() as kube:
        for each in (GROUP, other):
            await first_baseline(kube, each, taking(baseline(3, each)))
        gone = await forget_baselines(kube, lambda kept: kept.group == GROUP.name)
        again = await forget_baselines(kube, lambda kept: kept.group == GROUP.name)
        kept = await read_baselines(kube)
        await forget_baselines(kube, lambda _: True)
    assert (gone, again, kept) == ([baseline(3)], [], [baseline(3, other)])
    assert leases(stage) == []


async def test_what_others_wrote_beside_it_stays(stage):
    async with stage.client() as kube:
        await first_baseline(kube, GROUP, taking(baseline(3)))
        (lease,) = leases(stage)
        lease["metadata"]["annotations"]["acme.io/note"] = "ours"
        await kube.replace_lease(lease)
        await forget_baselines(kube, lambda _: True)
    (lease,) = leases(stage)
    assert lease["metadata"]["annotations"] == {"acme.io/note": "ours"}


async def test_what_cannot_be_read_is_taken_anew(stage):
    async with stage.client() as kube:
        await first_baseline(kube, GROUP, taking(baseline(3)))
        (lease,) = leases(stage)
        annotations = lease["metadata"]["annotations"]
        lease["metadata"]["annotations"] = dict.fromkeys(annotations, "somebody was here")
        await kube.replace_lease(lease)
        assert await read_baseline(kube, GROUP) is None
        assert (await first_baseline(kube, GROUP, taking(baseline(1))))[0] == baseline(1)


async def test_what_does_not_fit_is_refused_and_nothing_is_written(stage):
    names = (hashlib.sha256(str(n).encode()).hexdigest() for n in range(9000))
    large = Baseline(*vars(GROUP).values(), 0.0, {f"Job ci/{name}": Before(1) for name in names})
    async with stage.client() as kube:
        with pytest.raises(Refused, match="replace fewer node groups at once"):
            await first_baseline(kube, GROUP, taking(large))
    assert leases(stage) == []


def test_the_manifest_names_every_lease():
    from tests.permissions.files import ORDINARY, manifests

    named = {
        name
        for each in manifests(ORDINARY)
        for rule in each.get("rules", ())
        if "leases" in rule.get("resources", ())
        for name in rule.get("resourceNames", ())
    }
    assert named == {"eks-upgrade", *LEASES}
