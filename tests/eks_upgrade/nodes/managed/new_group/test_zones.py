"""The new group against the old one, zone by zone."""

from collections import Counter
from typing import Any

import pytest

from include.eks_upgrade.common.outcome import Done, Failed, NotYet
from include.eks_upgrade.kube.objects import Node
from include.eks_upgrade.kube.volumes import ZONE, Mounts, Volume
from include.eks_upgrade.nodes.managed.new_group.zones import (
    ZoneCounts,
    count_zones,
    needed_zones,
    zone_outcome,
)

EBS, LEGACY = "topology.ebs.csi.aws.com/zone", "failure-domain.beta.kubernetes.io/zone"


def look(old: str, new: str, *, desired: int | None = None, needed: dict[str, Any] | None = None):
    """`old` and `new`: a letter for each node, its zone."""
    counts = ZoneCounts(Counter(old), Counter(new))
    wanted = len(new) if desired is None else desired
    return zone_outcome(counts, old="w", new="w2", desired=wanted, needed=needed or {})


DB = {"b": ["shop/db-0"]}
TABLE = [
    pytest.param("ab", "ab", {}, Done, "", id="the same"),
    pytest.param("aab", "abb", {}, Done, "a 2 -> 1, b 1 -> 2", id="uneven numbers are only told"),
    pytest.param("ab", "abc", {}, Done, "c 0 -> 1", id="one zone more"),
    pytest.param("", "ab", {}, Done, "a 0 -> 1", id="no old node is left"),
    pytest.param("", "", {}, Done, "", id="no nodes at all"),
    pytest.param("aabb", "aaaa", {}, NotYet, "no Ready node in b", id="all in one zone"),
    pytest.param("ab", "ac", {}, Done, "no volume needs", id="two nodes over three subnets"),
    pytest.param("ab", "ac", {"needed": DB}, Failed, "shop/db-0", id="and a volume in the third"),
    pytest.param("ab", "a", {"desired": 1}, Done, "b 1 -> 0", id="fewer nodes than zones"),
    pytest.param(
        "ab", "a", {"desired": 1, "needed": DB}, Failed, "none will come", id="and a volume there"
    ),
    pytest.param(
        "ab", "a", {"desired": 2, "needed": DB}, NotYet, "b 1 -> 0", id="the second node is to come"
    ),
    pytest.param(
        "ab", "a", {"desired": 2}, Done, "a", id="to come, not needed, and enough by ready_percent"
    ),
    pytest.param(
        "aabb", "aaaa", {"needed": DB}, NotYet, "shop/db-0", id="all in one zone, with a volume"
    ),
]


@pytest.mark.parametrize(("old", "new", "more", "kind", "told"), TABLE)
def test_zones(old: str, new: str, more: dict[str, Any], kind: type, told: str) -> None:
    outcome = look(old, new, **more)
    assert isinstance(outcome, kind)
    assert told in outcome.detail


@pytest.mark.parametrize(
    ("old", "new"), [pytest.param("aabb", "aaaa", id="awaited"), pytest.param("ab", "ac", id="not")]
)
def test_a_missing_zone_is_told_with_its_consequence_and_the_way_on(old: str, new: str) -> None:
    detail = look(old, new, needed=DB).detail
    assert "the volumes of shop/db-0 cannot leave the zone" in detail
    assert "repeat the wait for the new nodes" in detail
    assert "'w' is untouched" in detail


def node(name: str, zone: str = "", *, key: str = ZONE, deleting: bool = False) -> Node:
    return Node(name=name, labels={key: zone} if zone else {}, deleting=deleting)


def test_nodes_are_counted_by_their_label_and_those_on_their_way_out_are_not() -> None:
    old = [node("1", "a"), node("2", "b", deleting=True), node("3"), node("4", "c", key=LEGACY)]
    counts = count_zones(old, [node("5", "a"), node("6")])
    assert (counts.old, counts.new) == ({"a": 1, "c": 1}, {"a": 1})
    assert counts.missing == ("c",)


def volume(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "pv-1"}, "spec": spec}


def affinity(key: str, *zones: str, operator: str = "In") -> dict[str, Any]:
    expression = {"key": key, "operator": operator, "values": list(zones)}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}


CLAIM = {"namespace": "shop", "name": "data-db-0"}
VOLUMES = [
    pytest.param(volume(claimRef=CLAIM, nodeAffinity=affinity(EBS, "a")), {"a"}, id="ebs csi"),
    pytest.param(volume(claimRef=CLAIM, nodeAffinity=affinity(ZONE, "a")), {"a"}, id="kubernetes"),
    pytest.param(
        volume(claimRef=CLAIM, nodeAffinity=affinity(ZONE, "a", "b")), {"a", "b"}, id="two"
    ),
    pytest.param(volume(claimRef=CLAIM), set(), id="anywhere, as EFS"),
    pytest.param(
        volume(claimRef=CLAIM, nodeAffinity=affinity("kubernetes.io/hostname", "n")), set(),
        id="bound to a node, not to a zone",
    ),
    pytest.param(
        volume(claimRef=CLAIM, nodeAffinity=affinity(ZONE, "a", operator="NotIn")), set(),
        id="anywhere but there",
    ),
    pytest.param(
        {"metadata": {"labels": {LEGACY: "a__b"}}, "spec": {"claimRef": CLAIM}}, {"a", "b"},
        id="labels of old",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "zones"), VOLUMES)
def test_a_volume_says_where_it_can_be_mounted(raw: dict[str, Any], zones: set[str]) -> None:
    assert Volume.from_raw(raw) == Volume("shop/data-db-0", frozenset(zones))


def test_a_volume_without_a_claim_belongs_to_nobody() -> None:
    assert Volume.from_raw(volume(nodeAffinity=None)).claim == ""


def test_a_pod_mounts_its_claims_and_those_made_for_it() -> None:
    raw = {
        "metadata": {"namespace": "shop", "name": "db-0"},
        "spec": {
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}},
                {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}},
                {"name": "config", "configMap": {"name": "c"}},
            ]
        },
    }
    assert Mounts.from_raw(raw).claims == {"shop/data-db-0", "shop/db-0-scratch"}
    assert Mounts.from_raw({**raw, "spec": {}}).claims == set()


def test_a_zone_is_needed_by_pods_whose_volumes_fit_no_zone_that_has_a_node() -> None:
    mounted = {
        "b": [
            ("shop/here", frozenset("b")),
            ("shop/there-too", frozenset("ab")),
            ("shop/anywhere", frozenset()),
            ("shop/here", frozenset("b")),
        ]
    }
    assert needed_zones(("b", "c"), mounted) == {"b": ["shop/here"], "c": []}
