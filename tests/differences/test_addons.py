"""Add-ons: an update that failed and heals, a role that is taken away, a configuration's schema."""

import json
import re
from typing import Any

import pytest

from include.rehearsal.aws import interference
from include.rehearsal.faults import AddonEnd
from tests.faults.lab import BEHIND, FaultLab, Story
from tests.rehearsal.aws.aws_lab import refusal

FIVE_MINUTES = 300.0
OLD, NEW = "v1.9.3-eksbuild.2", "v1.9.3-eksbuild.17"
ISSUE = {
    "code": "InsufficientNumberOfReplicas",
    "message": "The add-on is unhealthy because it doesn't have the desired number of replicas.",
    "resourceIds": [],
}


def addon(lab: FaultLab, story: Story, name: str = "coredns") -> dict[str, Any]:
    found = lab.looker.eks.describe_addon(clusterName=story.cluster, addonName=name)
    return dict(found["addon"])


def ready(lab: FaultLab, **options: Any) -> Story:
    story = lab.story(addons=dict(BEHIND), **options)
    story.up_to("lock")
    return story


def time_out(lab: FaultLab, heals_after: float | None) -> None:
    """EKS gives the next update of coredns up, with its version in place."""
    lab.faults.addons.append(
        AddonEnd("coredns", "DEGRADED", [ISSUE], "Failed", heals_after=heals_after)
    )


def test_04_an_add_on_whose_update_failed_and_that_heals_is_waited_for_and_ends_well(
    lab: FaultLab,
) -> None:
    story = ready(lab)
    time_out(lab, FIVE_MINUTES)
    story.take("addons", "addons_before")
    assert story.failures["addons"] == []
    assert story.did("UpdateAddon") == 1
    (update,) = lab.looker.eks.list_updates(name=story.cluster, addonName="coredns")["updateIds"]
    raw = lab.looker.eks.describe_update(name=story.cluster, addonName="coredns", updateId=update)[
        "update"
    ]
    assert raw["status"] == "Failed"
    assert addon(lab, story)["status"] == "ACTIVE"


def test_an_add_on_that_does_not_heal_within_its_limit_is_told_and_waited_for_once_more(
    lab: FaultLab,
) -> None:
    story = ready(lab, limits={"limit_minutes": 0.05})
    time_out(lab, None)
    told = story.refused("addons", "addons_before")
    assert "'coredns' is DEGRADED" in told
    assert "EKS gave the update up (InsufficientNumberOfReplicas" in told
    assert "repeat this step to keep waiting" in told
    interference.set_addon_health(lab.rehearsal.world, story.cluster, "coredns", "ACTIVE")
    story.take("addons", "addons_before")
    assert story.did("UpdateAddon") == 1


def test_a_cleared_step_does_not_take_a_degraded_add_on_for_done(lab: FaultLab) -> None:
    story = ready(lab, limits={"limit_minutes": 0.05})
    time_out(lab, None)
    story.refused("addons", "addons_before")
    story.failures["addons"].clear()
    told = story.refused("addons", "addons_before")
    assert "add-on 'coredns' to be well: not done after" in told


def test_an_add_on_that_becomes_degraded_is_told_at_once_with_its_health(
    lab: FaultLab, capsys: pytest.CaptureFixture[str]
) -> None:
    story = ready(lab)
    time_out(lab, FIVE_MINUTES)
    story.take("addons", "addons_before")
    # A message is broken into lines that fit a window, each with its time and level.
    lines = re.findall(r"\[warning *\] (.*?) +\[", capsys.readouterr().out)
    warned = " ".join(" ".join(lines).split())
    assert "'coredns' is DEGRADED" in warned
    assert ISSUE["message"] in warned


def test_16_a_role_that_is_left_out_of_an_update_is_taken_away_and_the_product_sends_it(
    lab: FaultLab,
) -> None:
    story = lab.story(addons=dict(BEHIND))
    eks, role = lab.looker.eks, story.scene.node_role
    of = {"clusterName": story.cluster, "addonName": "coredns"}
    eks.update_addon(**of, serviceAccountRoleArn=role)
    lab.rehearsal.clock.advance(120)
    assert addon(lab, story)["serviceAccountRoleArn"] == role
    story.up_to("addons_before")
    assert addon(lab, story)["serviceAccountRoleArn"] == role
    eks.update_addon(**of, addonVersion=addon(lab, story)["addonVersion"])
    lab.rehearsal.clock.advance(120)
    assert "serviceAccountRoleArn" not in addon(lab, story)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param('{"env": {"X": "1"}, "replicaCount": 2}', id="JSON"),
        pytest.param("env:\n  X: '1'\nreplicaCount: 2\n", id="YAML"),
    ],
)
def test_16_a_key_that_the_schema_has_not_is_refused_by_eks(lab: FaultLab, values: str) -> None:
    story = lab.story(addons=dict(BEHIND))
    code, message, status = refusal(
        lab.looker.eks.update_addon,
        clusterName=story.cluster,
        addonName="coredns",
        configurationValues=values,
    )
    assert (code, status) == ("InvalidParameterException", 400)
    assert "ConfigurationValue provided in request is not supported" in message
    assert "$.env: is not defined in the schema" in message


SMALLER = {
    "$schema": "http://json-schema.org/draft-06/schema#",
    "$ref": "#/definitions/Coredns",
    "definitions": {
        "Coredns": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"corefile": {"type": "string"}},
        }
    },
}


@pytest.mark.parametrize(
    "values",
    [
        pytest.param('{"replicaCount": 3}', id="JSON"),
        pytest.param("replicaCount: 3\n", id="YAML"),
    ],
)
def test_the_plan_holds_a_configuration_against_the_schema_of_the_target_version(
    lab: FaultLab, values: str
) -> None:
    story = lab.story(addons=dict(BEHIND), addon_values={"coredns": values})
    lab.rehearsal.world.addon_schemas["coredns", NEW] = SMALLER
    told = story.refused("plan")
    lab.rehearsal.world.addon_schemas.clear()
    assert f"its configuration does not fit {NEW}" in told
    assert "'replicaCount' was unexpected" in told
    assert (
        f"aws eks describe-addon-configuration --addon-name coredns --addon-version {NEW}" in told
    )
    story.up_to("addons_before")
    assert addon(lab, story)["configurationValues"] == values


def test_a_schema_that_changed_after_the_plan_stops_the_step_with_eks_s_words(
    lab: FaultLab,
) -> None:
    story = ready(lab, addon_values={"coredns": json.dumps({"replicaCount": 3})})
    lab.rehearsal.world.addon_schemas["coredns", NEW] = SMALLER
    told = story.refused("addons", "addons_before")
    lab.rehearsal.world.addon_schemas.clear()
    assert "$.replicaCount: is not defined in the schema" in told
    assert addon(lab, story)["addonVersion"] == OLD
