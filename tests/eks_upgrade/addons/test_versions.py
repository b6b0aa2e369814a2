import pytest

from include.eks_upgrade.addons.versions import (
    Platform,
    best_for_both,
    default_version,
    fitting,
    version_key,
    walk,
)
from include.eks_upgrade.common.versions import Minor

PRESENT, TARGET = Platform(Minor(1, 25), "eks.7"), Platform(Minor(1, 26), "eks.3")


def entry(version, *minors, default_for="", platforms=("*",), compute=("ec2",)):
    fits = [
        {
            "clusterVersion": minor,
            "platformVersions": list(platforms),
            "defaultVersion": minor == default_for,
        }
        for minor in minors
    ]
    return {
        "addonVersion": version,
        "computeTypes": list(compute),
        "compatibilities": fits,
    }


def test_versions_are_ordered_by_their_numbers_with_the_build_last():
    versions = ["v1.10.1-eksbuild.2", "v1.9.3-eksbuild.10", "v1.9.3-eksbuild.2"]

    assert sorted(versions, key=version_key) == [versions[2], versions[1], versions[0]]


@pytest.mark.parametrize(
    ("candidate", "fits"),
    [
        pytest.param(entry("v1", "1.26"), True, id="any-platform"),
        pytest.param(entry("v1", "1.26", platforms=["eks.3"]), True, id="this-platform"),
        pytest.param(entry("v1", "1.26", platforms=["eks.1"]), False, id="another-platform"),
        pytest.param(entry("v1", "1.26", platforms=["eks.3+"]), True, id="this-platform-or-later"),
        pytest.param(entry("v1", "1.26", platforms=["eks.1+"]), True, id="later-than-the-first"),
        pytest.param(entry("v1", "1.26", platforms=["eks.4+"]), False, id="earlier-than-first"),
        pytest.param(entry("v1", "1.26", platforms=["eks.10+"]), False, id="ten-is-after-three"),
        pytest.param(entry("v1", "1.26", platforms=["eks.9+", "eks.3"]), True, id="one-of-two"),
        pytest.param(entry("v1", "1.26", platforms=["eks-local-outposts.1+"]), False,
                     id="platform-of-another-kind"),
        pytest.param(entry("v1", "1.26", platforms=["eks.1 to eks.2"]), True,
                     id="form-not-known-here"),
        pytest.param(entry("v1", "1.26", platforms=()), True, id="platforms-not-told"),
        pytest.param(entry("v1", "1.25"), False, id="another-minor"),
        pytest.param(entry("v1", "1.26", compute=["hybrid"]), False, id="another-compute-type"),
        pytest.param(entry("v1", "1.26", compute=[]), True, id="compute-type-not-told"),
    ],
)  # fmt: skip
def test_a_version_fits_by_minor_platform_and_compute_type(candidate, fits):
    assert bool(fitting([candidate], TARGET)) is fits


def test_an_unknown_platform_is_not_held_against_a_version():
    narrow = entry("v1", "1.26", platforms=["eks.1"])

    assert fitting([narrow], Platform(Minor(1, 26))) == ("v1",)


@pytest.mark.parametrize(
    ("name", "entries", "best"),
    [
        pytest.param(
            "coredns",
            [entry("v1.2", "1.25", "1.26", default_for="1.26"), entry("v1.3", "1.25", "1.26")],
            "v1.2",
            id="the-target-s-default-is-preferred-to-the-newest",
        ),
        pytest.param(
            "coredns",
            [entry("v1.4", "1.26", default_for="1.26"), entry("v1.3", "1.25", "1.26")],
            "v1.3",
            id="a-default-for-the-target-alone-does-not-go-first",
        ),
        pytest.param(
            "coredns", [entry("v1.1", "1.25"), entry("v1.4", "1.26")], None, id="none-fits-both"
        ),
        pytest.param(
            "kube-proxy",
            [entry("v1.26.1", "1.25", "1.26", default_for="1.26"), entry("v1.25.9", "1.25")],
            None,
            id="kube-proxy-never-ahead-of-the-control-plane",
        ),
        pytest.param(
            "kube-proxy",
            [entry("v1.26.1", "1.25", "1.26"), entry("v1.25.9", "1.25", "1.26")],
            "v1.25.9",
            id="kube-proxy-of-the-present-minor-that-fits-both",
        ),
    ],
)
def test_the_best_version_for_both_minors(name, entries, best):
    assert best_for_both(name, entries, PRESENT, TARGET) == best


def test_the_default_is_eks_s_own_and_not_the_newest():
    entries = [entry("v1.2", "1.26", default_for="1.26"), entry("v1.3", "1.26")]

    assert default_version(entries, TARGET) == "v1.2"
    assert default_version(entries, PRESENT) is None


@pytest.mark.parametrize(
    ("name", "available", "way"),
    [
        pytest.param("coredns", ["v1.13.1", "v1.14.1"], ("v1.15.0",), id="at-once"),
        pytest.param(
            "vpc-cni",
            ["v1.14.1", "v1.13.1", "v1.13.4", "v1.16.0", "v1.12.9", "v1.15.3"],
            ("v1.13.4", "v1.14.1", "v1.15.0"),
            id="one-minor-at-a-time-each-at-its-newest",
        ),
        pytest.param("vpc-cni", ["v1.14.1"], ("v1.14.1", "v1.15.0"), id="a-minor-is-missing"),
    ],
)
def test_the_way_to_a_goal(name, available, way):
    assert walk(name, "v1.12.0", "v1.15.0", available) == way
