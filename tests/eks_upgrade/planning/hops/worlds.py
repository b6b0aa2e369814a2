"""Random clusters, catalogues of add-ons and skew, and a search through every way to roll nodes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations, pairwise
from typing import Any

from hypothesis import strategies as st

from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.versions import Minor

OLDEST, NEWEST = 20, 40
ADDONS = ("coredns", "kube-proxy", "vpc-cni")


@dataclass(frozen=True)
class World:
    """A cluster before an upgrade, in plain numbers: minors are those behind `1.`."""

    present: int
    final: int
    groups: dict[str, int | None]
    facts: ClusterFacts


def allowed(component: int) -> int:
    """How far it may trail, written down a second time on purpose."""
    return 2 if component < 25 else 3


def within(component: int, api_server: int) -> bool:
    return 0 <= api_server - component <= allowed(component)


@st.composite
def worlds(draw: Any, most_hops: int = 6, addons: tuple[str, ...] = ()) -> World:
    present = draw(st.integers(OLDEST + 3, NEWEST - 1))
    final = min(NEWEST, present + draw(st.integers(0, most_hops)))
    kubelets = [one for one in range(present - 3, present + 1) if within(one, present)]
    groups = draw(
        st.dictionaries(
            st.sampled_from(["api", "batch", "gpu"]), st.sampled_from([*kubelets, None]), max_size=3
        )
    )
    versions = {name: _versions(draw, name, present, final) for name in addons}
    current = {name: draw(st.sampled_from(_there(versions[name], present))) for name in addons}
    facts = ClusterFacts(
        cluster={"name": "demo", "version": f"1.{present}", "platformVersion": "eks.7"},
        addons={
            name: {"addonName": name, "addonVersion": version, "status": "ACTIVE"}
            for name, version in current.items()
            if draw(st.integers(0, 9))
        },
        addon_versions=versions,
    )
    return World(present, final, groups, facts)


def standing_groups(world: World) -> dict[str, Minor | None]:
    return {name: None if one is None else Minor(1, one) for name, one in world.groups.items()}


def _versions(draw: Any, name: str, present: int, final: int) -> tuple[dict[str, Any], ...]:
    """A catalogue: each version fits a stretch of minors, and one is the default of each minor."""
    minors = range(present, final + 1)
    fits: dict[str, set[int]] = {}
    defaults: dict[str, set[int]] = {}
    for minor in minors:
        for _ in range(draw(st.integers(1, 3))):
            version = _version(draw, name, minor)
            until = minor + draw(st.integers(0, 2))
            since = minor if name == "kube-proxy" else minor - draw(st.integers(0, 2))
            fits.setdefault(version, set()).update(range(since, until + 1))
        there = [version for version, where in fits.items() if minor in where]
        if draw(st.integers(0, 4)):
            defaults.setdefault(draw(st.sampled_from(sorted(there))), set()).add(minor)
    return tuple(
        {
            "addonVersion": version,
            "computeTypes": ["ec2"],
            "compatibilities": [
                {
                    "clusterVersion": f"1.{minor}",
                    "platformVersions": ["*"],
                    "defaultVersion": minor in defaults.get(version, set()),
                }
                for minor in sorted(where)
            ],
        }
        for version, where in fits.items()
    )


def _version(draw: Any, name: str, minor: int) -> str:
    if name == "kube-proxy":
        return f"v1.{minor}.{draw(st.integers(0, 3))}-eksbuild.{draw(st.integers(1, 3))}"
    base = minor + draw(st.integers(-1, 2))
    return f"v1.{base}.{draw(st.integers(0, 2))}-eksbuild.{draw(st.integers(1, 2))}"


def _there(versions: tuple[dict[str, Any], ...], minor: int) -> list[str]:
    return sorted(one["addonVersion"] for one in versions if lists(one, minor))


def lists(entry: dict[str, Any], minor: int) -> bool:
    return any(one["clusterVersion"] == f"1.{minor}" for one in entry["compatibilities"])


def fewest_rolls(kubelet: int | None, present: int, final: int) -> int | None:
    """Through all choices of minors at which a group is replaced; None: no choice holds."""
    stops = range(present, final + 1)
    choices = chain.from_iterable(combinations(stops, size) for size in range(len(stops) + 1))
    return next((len(one) for one in choices if _holds(kubelet, stops, one)), None)


def _holds(kubelet: int | None, stops: range, rolled_at: tuple[int, ...]) -> bool:
    for here, then in pairwise((*stops, None)):
        if here in rolled_at:
            kubelet = here
        if then is not None and kubelet is not None and not within(kubelet, then):
            return False
    return kubelet == stops[-1]


def minors_rolled(hops: Any, group: str) -> Iterator[int]:
    for hop in hops.all:
        if group in hop.rolled:
            yield int(hop.to_version.partition(".")[2])
