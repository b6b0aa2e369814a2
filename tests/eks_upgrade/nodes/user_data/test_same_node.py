"""Whatever the reader accepts, the new text gives a node what the old one gave: random texts.

What a node gets is told by interpreters of their own (`nodes/`): bash itself runs the scripts.
"""

import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from include.eks_upgrade.nodes.launch_templates.user_data.renew import NewUserData
from include.eks_upgrade.nodes.launch_templates.user_data.taints import Taint
from tests.eks_upgrade.nodes.user_data.given import CA, CHANGE, ENDPOINT, GROUP, judge
from tests.eks_upgrade.nodes.user_data.nodes import amazon_linux, bottlerocket, nodeadm
from tests.eks_upgrade.nodes.user_data.nodes.kubelet import KubeletStops, check_label
from tests.eks_upgrade.nodes.user_data.written.documents import node_configs, settings_texts
from tests.eks_upgrade.nodes.user_data.written.messages import (
    cloud_configs,
    node_config_messages,
    script_messages,
)
from tests.eks_upgrade.nodes.user_data.written.scripts import scripts

# Before pytest has collected this file; hypothesis would write its notes into the tree.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "eks-upgrade-hypothesis")

EXAMPLES = int(os.environ.get("USER_DATA_EXAMPLES", "25"))
"""Texts of each kind, the same ones in every test run; set the variable to try other and more."""

FACTS = {"name": "orchid", "endpoint": ENDPOINT, "authority": CA, "cidr": "172.20.0.0/16",
         "dns": "172.20.0.10"}  # fmt: skip
RENEWED = {GROUP: ("pool", "pool-k133"), f"{GROUP}-image": ("ami-1", "ami-2")}
OF_THE_OLD_TEMPLATE = (
    "eks.amazonaws.com/sourceLaunchTemplateId",
    "eks.amazonaws.com/sourceLaunchTemplateVersion",
)
BOOTS = {"al2": amazon_linux.boot, "al2023": nodeadm.boot, "bottlerocket": bottlerocket.boot}

tried_texts = settings(
    max_examples=EXAMPLES,
    derandomize="USER_DATA_EXAMPLES" not in os.environ,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def compare(old, before, after, **changes):
    """Judge the text, and boot a node with the old one and with the new one."""
    judged = judge(old, after, **changes)
    if not isinstance(judged, NewUserData):
        event("refused")
        return
    try:
        had = BOOTS[before](old)
    except KubeletStops:
        had = None  # such a node never was; what is kept as it was written is not made worse
    if had is None:
        event("never was a node")
        assert before == after, f"a kubelet never took it, and it was written anew:\n{old}"
        return
    event("accepted")
    got = BOOTS[after](judged.text)
    shown = f"{old}\n--- became ---\n{judged.text}"
    if before == after:
        assert got.joins or not had.joins, shown
    else:
        assert got.joins, shown
        assert had.joins or before != "al2" or "bootstrap.sh" not in old, shown
    assert_same(had, got, replace(CHANGE, **changes), shown)
    assert judged.notes or not got.joins or facts_of(got) | {"dns": ""} == FACTS | {"dns": ""}


def assert_same(had, got, change, shown):
    assert facts_of(got) == facts_of(had) or not had.joins, shown
    assert got.commands == [_renewed(one) for one in had.commands], shown
    assert got.config == had.config, shown
    assert dict(got.flags) == dict(had.flags), shown
    group_taints = {(one.key, one.effect): one.value for one in map(Taint.of_group, change.taints)}
    assert got.taints in (had.taints, had.taints | group_taints), shown
    assert_same_labels(had.labels, got.labels, dict(change.labels), shown)


def _renewed(command):
    """A command that had a label of the old group's in it."""
    for label, (before, after) in RENEWED.items():
        command = re.sub(rf"{label}={before}(?![\w-])", f"{label}={after}", command)
    for label in OF_THE_OLD_TEMPLATE:
        command = re.sub(rf",{label}=[\w-]*", "", command)
    return command


def facts_of(node):
    """The cluster as the node knows it: what it is not told, or asks for, it gets from AWS."""
    told = {fact: value for fact, value in node.cluster.items() if value not in {"", "asked"}}
    return FACTS | told


def assert_same_labels(had, got, of_group, shown):
    wanted = {}
    for label, value in had.items():
        before, after = RENEWED.get(label, (None, None))
        wanted[label] = after if value == before else value
    for label in OF_THE_OLD_TEMPLATE:
        wanted.pop(label, None)
    of_eks = {label: after for label, (_, after) in RENEWED.items()}
    registered = {label: value for label, value in of_group.items() if may_set(label, value)}
    assert got in (wanted, wanted | registered | of_eks), shown


def may_set(label, value):
    try:
        check_label(label, value)
    except KubeletStops:
        return False
    return True


GROUP_CHANGES = st.sampled_from((
    {},
    {"labels": {"team": "group", "node-role.kubernetes.io/x": "y"}},
    {"taints": [{"key": "dedicated", "value": "a", "effect": "NO_SCHEDULE"},
                {"key": "of-group", "effect": "NO_EXECUTE"}]},
))  # fmt: skip

ROWS = [
    pytest.param(scripts(), "al2", "al2", id="script, kept"),
    pytest.param(scripts(), "al2", "al2023", id="script to NodeConfig"),
    pytest.param(scripts(), "al2", "bottlerocket", id="script to settings"),
    pytest.param(script_messages(), "al2", "al2", id="MIME with a script, kept"),
    pytest.param(script_messages(), "al2", "al2023", id="MIME with a script to NodeConfig"),
    pytest.param(cloud_configs(), "al2", "al2", id="cloud-config, kept"),
    pytest.param(node_configs(), "al2023", "al2023", id="NodeConfig, kept or completed"),
    pytest.param(node_configs(), "al2023", "bottlerocket", id="NodeConfig to settings"),
    pytest.param(node_config_messages(), "al2023", "al2023", id="NodeConfigs, kept or completed"),
    pytest.param(node_config_messages(), "al2023", "bottlerocket", id="NodeConfigs to settings"),
    pytest.param(settings_texts(), "bottlerocket", "bottlerocket", id="settings, kept"),
    pytest.param(settings_texts(), "bottlerocket", "al2023", id="settings to NodeConfig"),
]


@pytest.mark.parametrize(("texts", "before", "after"), ROWS)
@given(data=st.data())
@tried_texts
def test_a_node_gets_what_the_old_one_got(texts, before, after, data):
    compare(data.draw(texts), before, after, **data.draw(GROUP_CHANGES))
