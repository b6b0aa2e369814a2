from dataclasses import replace

import pytest

from include.eks_upgrade.addons.plan import plan_addons
from include.eks_upgrade.common.versions import Minor

TARGET = Minor(1, 26)


def with_addon(facts, version, entries=None, **fields):
    """The facts with coredns alone, at that version."""
    addon = {"addonName": "coredns", "addonVersion": version, "status": "ACTIVE", **fields}
    entries = facts.addon_versions["coredns"] if entries is None else entries
    return replace(facts, addons={"coredns": addon}, addon_versions={"coredns": entries})


def versions(steps):
    return [list(step.versions) for step in steps]


@pytest.mark.parametrize(
    ("current", "before", "after"),
    [
        pytest.param("v1.9.3-eksbuild.2", [["v1.9.3-eksbuild.7"]], [], id="goes-first"),
        pytest.param("v1.9.3-eksbuild.7", [], [], id="is-there-already"),
        pytest.param("v1.9.3-eksbuild.10", [], [], id="newer-than-the-default-stays"),
        pytest.param("v1.99.0-eksbuild.1", [], "problem", id="never-moved-back"),
    ],
)
def test_an_addon_only_moves_forward(make_facts, current, before, after):
    ways = plan_addons("PRESERVE", TARGET, with_addon(make_facts(), current), control_plane=True)

    if after == "problem":
        assert "older than its v1.99.0-eksbuild.1" in ways.problems[0].what
    else:
        assert (versions(ways.before), versions(ways.after)) == (before, after)
        assert ways.problems == ()


def test_an_addon_without_a_common_version_waits_for_the_control_plane(
    make_facts, make_addon_version
):
    entries = (make_addon_version("v1", "1.25"), make_addon_version("v2", "1.26"))
    facts = with_addon(make_facts(), "v1", entries)

    ways = plan_addons("PRESERVE", TARGET, facts, control_plane=True)

    assert ways.before == ()
    assert versions(ways.after) == [["v2"]]


def test_the_step_carries_the_role_and_the_way_conflicts_are_resolved(make_facts):
    facts = with_addon(make_facts(), "v1.9.3-eksbuild.2", serviceAccountRoleArn="arn:role")

    (step,) = plan_addons("OVERWRITE", TARGET, facts, control_plane=True).before

    assert step.as_json() == {
        "name": "coredns",
        "current": "v1.9.3-eksbuild.2",
        "versions": ["v1.9.3-eksbuild.7"],
        "resolve_conflicts": "OVERWRITE",
        "role_arn": "arn:role",
        "back": False,
    }


def test_an_addon_without_a_version_is_only_told_once_the_control_plane_has_moved(make_facts):
    facts = with_addon(make_facts(), "v1", ())

    ways = plan_addons("PRESERVE", TARGET, facts, control_plane=False)

    assert ways.problems == ()
    assert any("offers no version" in warning for warning in ways.warnings)


def test_an_addon_in_motion_stops_the_plan_and_a_sick_one_is_told(make_facts):
    moving = with_addon(make_facts(), "v1.9.3-eksbuild.2", status="DELETING")
    issues = [{"code": "InsufficientNumberOfReplicas", "message": "no node"}]
    sick = with_addon(
        make_facts(), "v1.9.3-eksbuild.2", status="DEGRADED", health={"issues": issues}
    )

    (problem,) = plan_addons("PRESERVE", TARGET, moving, control_plane=True).problems
    ways = plan_addons("PRESERVE", TARGET, sick, control_plane=True)

    assert "DELETING" in problem.what
    assert ways.problems == ()
    assert any("InsufficientNumberOfReplicas: no node" in warning for warning in ways.warnings)


FAILED = {"status": "CREATE_FAILED", "health": {"issues": [
    {"code": "ConfigurationConflict", "message": "Conflicts found"}]}}  # fmt: skip


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
@pytest.mark.parametrize(
    "control_plane", [pytest.param(True, id="before"), pytest.param(False, id="after")]
)
def test_an_addon_that_only_deletion_and_creation_cure_is_told_and_left_alone(
    make_facts, status, control_plane
):
    failed = with_addon(make_facts(), "v1.9.3-eksbuild.2", **{**FAILED, "status": status})

    ways = plan_addons("PRESERVE", TARGET, failed, control_plane=control_plane)

    assert (ways.before, ways.after, ways.problems) == ((), (), ())
    told = next(warning for warning in ways.warnings if "coredns" in warning)
    for words in (f"its status is {status} (ConfigurationConflict: Conflicts found)",
                  "aws eks delete-addon --preserve --addon-name coredns",
                  "aws eks create-addon --addon-name coredns --addon-version v1.9.3-eksbuild.7",
                  "neither updated nor waited for"):  # fmt: skip
        assert words in told
    assert f"add-on coredns: {status}, it is left as it is" in ways.summary


def test_a_failed_addon_without_a_version_for_the_target_does_not_stop_the_plan(make_facts):
    ways = plan_addons(
        "PRESERVE", TARGET, with_addon(make_facts(), "v1", (), **FAILED), control_plane=True
    )

    assert ways.problems == ()
    assert "create-addon --addon-name coredns." in ways.warnings[-1]


@pytest.mark.parametrize("status", ["DEGRADED", "UPDATE_FAILED"])
def test_an_addon_that_is_not_well_is_updated_as_usual(make_facts, status):
    ways = plan_addons(
        "PRESERVE",
        TARGET,
        with_addon(make_facts(), "v1.9.3-eksbuild.2", status=status),
        control_plane=True,
    )

    assert versions(ways.before) == [["v1.9.3-eksbuild.7"]]
    assert any(f"has status {status} now" in warning for warning in ways.warnings)
