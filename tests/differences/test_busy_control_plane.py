"""A control plane that AWS is at work on and lists nothing, and updates that are switched off."""

from typing import Any

import pytest

from include.eks_upgrade.common.errors import Busy
from include.rehearsal.aws import interference
from tests.differences.patience import moved_by_pauses_alone, take_patiently
from tests.faults.lab import BEHIND, NEW_GROUP, FaultLab
from tests.rehearsal.aws.aws_lab import ONCE, refusal

TWENTY_MINUTES, THREE_HOURS = 1200.0, 3 * 3600.0
IN_PROGRESS = "currently has an update in progress"


def test_hidden_work_of_aws_refuses_updates_of_a_cluster_that_is_active_and_lists_none(
    lab: FaultLab,
) -> None:
    story = lab.story(addons=dict(BEHIND))
    eks, name = lab.looker.eks, story.cluster
    group = {"clusterName": name, "nodegroupName": "green", "subnets": list(story.scene.subnets),
             "nodeRole": story.scene.node_role}  # fmt: skip
    with moved_by_pauses_alone(lab):
        interference.begin_hidden_work(lab.rehearsal.world, story.cluster, TWENTY_MINUTES)
        refusals = [
            refusal(eks.update_cluster_version, name=name, version="1.26"),
            refusal(eks.update_addon, clusterName=name, addonName="coredns"),
            refusal(eks.create_nodegroup, **group),
        ]
        assert eks.describe_cluster(name=name)["cluster"]["status"] == "ACTIVE"
        assert eks.list_updates(name=name)["updateIds"] == []
    assert {(code, status) for code, _, status in refusals} == {("ResourceInUseException", 409)}
    assert all(IN_PROGRESS in message for _, message, _ in refusals)


@pytest.mark.parametrize(
    ("before", "step", "arguments", "operation"),
    [
        pytest.param("lock", "addons", ("addons_before",), "UpdateAddon", id="an add-on"),
        pytest.param("addons_before", "control_plane", (), "UpdateClusterVersion", id="the plane"),
        pytest.param("addons_after", "new_group", (), "CreateNodegroup", id="a node group"),
    ],
)
def test_05_a_step_that_meets_hidden_work_waits_for_its_end_and_says_what_it_waits_for(
    lab: FaultLab, before: str, step: str, arguments: tuple[str, ...], operation: str
) -> None:
    story = lab.story(addons=dict(BEHIND))
    story.up_to(before)
    with moved_by_pauses_alone(lab, TWENTY_MINUTES):
        interference.begin_hidden_work(lab.rehearsal.world, story.cluster, TWENTY_MINUTES)
        paused = take_patiently(story, step, *arguments)
    assert 0 < paused <= 2 * TWENTY_MINUTES
    assert story.did(operation) == 1
    for error in story.failures[step]:
        assert isinstance(error, Busy)
        assert "ResourceInUseException: Cannot" in str(error)
        assert IN_PROGRESS in str(error)
        assert "AWS itself is at work on the control plane" in str(error)
        assert "Nothing was changed" in str(error)


def test_an_upgrade_goes_through_although_aws_works_on_after_the_control_plane_s_success(
    lab: FaultLab,
) -> None:
    story = lab.story(addons={"kube-proxy": "v1.25.6-eksbuild.1"})
    lab.faults.hidden_work_seconds = TWENTY_MINUTES
    story.up_to("control_plane")
    take_patiently(story, "addons", "addons_after")
    take_patiently(story, "new_group")
    assert NEW_GROUP in story.end()["node groups"]


def test_a_node_group_that_is_refused_while_the_cluster_is_updated_is_asked_for_later(
    lab: FaultLab,
) -> None:
    story = lab.story()
    story.up_to("addons_after")
    lab.faults.stick_next("VersionUpdate", cluster=story.cluster)
    update = interference.upgrade_cluster(lab.rehearsal.world, story.cluster, "1.27")
    with pytest.raises(Busy, match=f"The cluster is UPDATING; in progress: {update}"):
        story.take("new_group", tries=1)
    assert NEW_GROUP not in story.groups()
    error = {"errorCode": "Unknown", "errorMessage": "it is given up", "resourceIds": []}
    interference.end_update(lab.rehearsal.world, story.cluster, update, [error])
    story.take("new_group")
    assert story.did("CreateNodegroup") == 1


def test_20_updates_that_aws_has_switched_off_for_hours_stop_the_run_cleanly(lab: FaultLab) -> None:
    story = lab.story()
    story.up_to("addons_before")
    with moved_by_pauses_alone(lab):
        lab.faults.add(
            "error",
            "UpdateClusterVersion",
            code="ServiceUnavailableException",
            status=503,
            message="Updates in the cell are disabled",
            seconds=THREE_HOURS,
        )
        with pytest.raises(Busy) as raised:
            take_patiently(story, "control_plane")
    words = str(raised.value)
    assert "ServiceUnavailableException: Updates in the cell are disabled" in words
    assert "may take hours. Nothing was changed" in words
    assert "clear it later, or start a new run" in words
    assert story.did("UpdateClusterVersion") == 0
    assert story.end()["cluster"] == ["1.25", "ACTIVE"]
    lab.rehearsal.clock.advance(THREE_HOURS)
    story.take("control_plane")
    assert story.end()["cluster"] == ["1.26", "ACTIVE"]


def test_20_a_throttled_look_at_the_cluster_is_too_many_requests_and_is_passed_over(
    lab: FaultLab,
) -> None:
    story = lab.story()
    session: Any = lab.rehearsal.session()
    url = lab.rehearsal.environment["AWS_ENDPOINT_URL"]
    eks = session.client("eks", endpoint_url=url, config=ONCE)  # it would try again for 10 s
    lab.faults.add("throttle", "DescribeCluster", cluster=story.cluster, times=8)
    code, _, status = refusal(eks.describe_cluster, name=story.cluster)
    eks.close()
    assert (code, status) == ("TooManyRequestsException", 429)
    story.up_to("control_plane")
    assert story.end()["cluster"] == ["1.26", "ACTIVE"]
