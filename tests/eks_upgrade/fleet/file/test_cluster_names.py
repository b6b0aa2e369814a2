"""Which patterns can mean a cluster at all, and what is said of the others."""

import pytest

from include.eks_upgrade.fleet.file.rules.cluster_names import name_pattern_problem


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("shop", id="a name"),
        pytest.param("9_Shop-a", id="all that a name may have"),
        pytest.param("*", id="any"),
        pytest.param("*-prod", id="an ending"),
        pytest.param("*_x", id="an ending with an underscore"),
        pytest.param("?hop-[0-9]", id="a set"),
        pytest.param("[!a-m]*", id="all but a set"),
        pytest.param("[]a]x", id="a set with a bracket"),
        pytest.param("a" * 100, id="as long as can be"),
        pytest.param("a" * 100 + "*", id="as long as can be and a star"),
    ],
)
def test_a_pattern_of_a_shell_can_mean_a_cluster(pattern: str) -> None:
    assert name_pattern_problem(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "remedy"),
    [
        pytest.param("prod-.*", "write prod-*", id="anything behind it"),
        pytest.param("^prod-.+$", "write prod-*", id="anchors"),
        pytest.param(r"prod-\d+", "write letters, digits", id="digits of a regular expression"),
        pytest.param("prod|test", "write letters, digits", id="one or the other"),
        pytest.param("{prod,test}", "write letters, digits", id="braces"),
        pytest.param("prod-(", "write letters, digits", id="a bracket"),
        pytest.param("prod-[ab", "write letters, digits", id="a set that is not closed"),
        pytest.param("prod-[.]", "write letters, digits", id="a set of what no name has"),
        pytest.param("a.b", "write letters, digits", id="a dot"),
        pytest.param("a b", "write letters, digits", id="a blank"),
        pytest.param("_shop", "write letters, digits", id="an underscore first"),
        pytest.param("-shop", "write letters, digits", id="a hyphen first"),
        pytest.param("payments/eu-west-1/shop", "write letters, digits", id="a title"),
        pytest.param("a" * 101, "write letters, digits", id="too long"),
        pytest.param("arn:aws:eks:eu-west-1:1:cluster/x", "write letters, digits", id="an ARN"),
        pytest.param("^$", "write letters, digits", id="nothing"),
    ],
)
def test_what_no_cluster_can_be_called_is_refused_with_what_to_write(
    pattern: str, remedy: str
) -> None:
    problem = name_pattern_problem(pattern)
    assert problem is not None
    what, said = problem
    assert f"{pattern!r} fits no name" in what
    assert remedy in said
