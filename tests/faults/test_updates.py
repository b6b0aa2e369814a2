"""Faults of the world: updates that AWS was asked for and that do not end well."""

from typing import Any

import pytest
from botocore import loaders

from include.eks_upgrade.aws.updates.errors import MEANINGS
from include.rehearsal.aws import interference
from tests.faults.lab import BEHIND, OLD_GROUP, FaultLab, Story

SHORT = {"limit_minutes": 0.05}
WORDS = "EKS's own sentence about it"
CODES = [
    "SubnetNotFound",
    "SecurityGroupNotFound",
    "EniLimitReached",
    "IpNotAvailable",
    "AccessDenied",
    "OperationNotPermitted",
    "VpcIdNotFound",
    "Unknown",
]
"""Those of https://docs.aws.amazon.com/eks/latest/APIReference/API_ErrorDetail.html that can
befall a control plane."""
ADDON_CODES = [
    "AccessDenied",
    "AdmissionRequestDenied",
    "ClusterUnreachable",
    "ConfigurationConflict",
    "InsufficientNumberOfReplicas",
    "K8sResourceNotFound",
    "UnsupportedAddonModification",
]
GROUP_CODES = ["InsufficientFreeAddresses", "NodeCreationFailure", "PodEvictionFailure"]


def ready_for_the_control_plane(lab: FaultLab, **options: Any) -> Story:
    story = lab.story(**options)
    story.up_to("addons_before")
    return story


@pytest.mark.parametrize("code", CODES)
def test_a_failed_update_is_told_with_its_code_what_it_means_and_what_lifts_it(
    lab: FaultLab, code: str
) -> None:
    story = ready_for_the_control_plane(lab)
    error = {"errorCode": code, "errorMessage": WORDS, "resourceIds": ["subnet-0a"]}
    lab.faults.fail_next("VersionUpdate", [error], cluster=story.cluster)
    told = story.refused("control_plane")
    assert f"cluster '{story.cluster}'" in told
    assert f"{code}: {WORDS} (subnet-0a)" in told
    assert MEANINGS[code].remedy in told
    assert "repeat the step that started it, or run again" in told
    assert story.did("UpdateClusterVersion") == 1


def test_after_a_failed_update_the_cleared_task_asks_for_a_new_one(lab: FaultLab) -> None:
    story = ready_for_the_control_plane(lab)
    error = {"errorCode": "IpNotAvailable", "errorMessage": WORDS, "resourceIds": []}
    lab.faults.fail_next("VersionUpdate", [error], cluster=story.cluster)
    story.refused("control_plane")
    story.take("control_plane")
    assert story.did("UpdateClusterVersion") == 2
    assert story.end()["cluster"] == ["1.26", "ACTIVE"]


def test_an_update_that_does_not_end_is_told_and_waited_for_again_once_it_is_cleared(
    lab: FaultLab,
) -> None:
    story = ready_for_the_control_plane(lab, limits=SHORT)
    lab.faults.stick_next("VersionUpdate", cluster=story.cluster)
    told = story.refused("control_plane")
    update = story.done["start_update"]["data"]["update_id"]
    assert update in told
    assert f"cluster '{story.cluster}'" in told
    assert "is in progress" in told
    assert "Nothing was deleted" in told
    assert "repeat this step to keep waiting" in told
    interference.end_update(lab.rehearsal.world, story.cluster, update)
    story.take("control_plane")
    assert story.did("UpdateClusterVersion") == 1


@pytest.mark.parametrize("code", ADDON_CODES)
def test_an_addon_whose_update_failed_is_told_with_its_health(lab: FaultLab, code: str) -> None:
    story = lab.story(addons=dict(BEHIND))
    story.up_to("lock")
    issue = {"code": code, "message": WORDS, "resourceIds": ["coredns"]}
    lab.faults.end_addon("coredns", "UPDATE_FAILED", [issue])
    told = story.refused("addons", "addons_before")
    assert "add-on 'coredns'" in told
    assert f"{code}: {WORDS}" in told
    assert MEANINGS[code].remedy in told
    story.take("addons", "addons_before")
    assert story.end()["add-ons"]["coredns"][1] == "ACTIVE"


@pytest.mark.parametrize("code", GROUP_CODES)
def test_a_group_that_eks_fails_to_fence_is_told_and_no_pod_is_touched(
    lab: FaultLab, code: str
) -> None:
    story = lab.story()
    story.up_to("new_group")
    error = {"errorCode": code, "errorMessage": WORDS, "resourceIds": [OLD_GROUP]}
    lab.faults.fail_next("ConfigUpdate", [error], cluster=story.cluster)
    told = story.refused("fence")
    assert f"node group '{OLD_GROUP}'" in told
    assert f"{code}: {WORDS} ({OLD_GROUP})" in told
    assert MEANINGS[code].remedy in told
    assert story.did("create pods/eviction") == 0
    story.take("fence")


def test_every_error_code_that_eks_has_is_a_row() -> None:
    shape = loaders.Loader().load_service_model("eks", "service-2")["shapes"]["ErrorCode"]
    assert set(shape["enum"]) == {*CODES, *ADDON_CODES, *GROUP_CODES}


def test_a_degraded_addon_is_waited_for_and_told_when_it_stays_so(lab: FaultLab) -> None:
    story = lab.story(addons=dict(BEHIND), limits=SHORT)
    story.up_to("lock")
    issue = {"code": "InsufficientNumberOfReplicas", "message": WORDS, "resourceIds": []}
    lab.faults.end_addon("coredns", "DEGRADED", [issue], "Successful")
    told = story.refused("addons", "addons_before")
    assert "'coredns' is DEGRADED" in told
    assert f"InsufficientNumberOfReplicas: {WORDS}" in told
    assert "repeat this step to keep waiting" in told


def test_a_degraded_addon_that_recovers_costs_nothing(lab: FaultLab) -> None:
    story = lab.story(addons=dict(BEHIND))
    story.up_to("lock")
    lab.faults.end_addon("coredns", "DEGRADED", [], "Successful")
    world, name = lab.rehearsal.world, story.cluster
    with story.meanwhile(
        lambda: lab.looker.end_state(name)["add-ons"]["coredns"][1] == "DEGRADED",
        lambda: interference.set_addon_health(world, name, "coredns", "ACTIVE"),
    ):
        story.take("addons", "addons_before")
    assert story.did("UpdateAddon") == 1
