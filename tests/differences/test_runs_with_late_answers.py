"""Runs in which AWS does not see yet what it has just made."""

import pytest

from include.eks_upgrade.common.errors import Busy
from tests.faults.lab import NEW_GROUP, FaultLab, goes_on

LONG = 1e6


def test_03_a_group_is_made_when_its_new_template_version_is_seen_at_last(lab: FaultLab) -> None:
    story = lab.story()
    story.up_to("addons_after")
    lab.faults.template_lag_seconds = LONG
    with pytest.raises(Busy) as raised:
        story.take("new_group", tries=1)
    assert "Launch template could not be found" in str(raised.value)
    assert goes_on(raised.value, 1)
    assert goes_on(raised.value, 3)
    assert not goes_on(raised.value, 4)
    lab.rehearsal.clock.advance(LONG)
    story.take("new_group")
    assert story.end()["node groups"][NEW_GROUP]["status"] == "ACTIVE"
    assert story.did("CreateLaunchTemplateVersion") == 1
