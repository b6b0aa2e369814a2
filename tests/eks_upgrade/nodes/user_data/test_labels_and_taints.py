"""Labels and taints in user data: values, and not text."""

import tomllib

import pytest

from tests.eks_upgrade.nodes.user_data.given import (
    CALL,
    flags,
    refused,
    script,
    text,
)

TAINTS = [
    pytest.param("dedicated:NoSchedule", "dedicated=:NoSchedule", {"dedicated": [":NoSchedule"]},
                 id="without a value"),
    pytest.param("a=1:NoSchedule,a=2:NoExecute", "a=1:NoSchedule,a=2:NoExecute",
                 {"a": ["1:NoSchedule", "2:NoExecute"]}, id="two effects of a key"),
    pytest.param("a=1:NoSchedule --register-with-taints=b=2:NoExecute", "b=2:NoExecute",
                 {"b": ["2:NoExecute"]}, id="the last flag counts"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kubelet", "setting"), TAINTS)
def test_taints_are_values_and_not_text(given, kubelet, setting):
    old = script(f"{CALL} --kubelet-extra-args '--register-with-taints={given}'")
    assert flags(text(old, "al2023"))["--register-with-taints"] == kubelet
    settings = tomllib.loads(text(old, "bottlerocket"))["settings"]["kubernetes"]
    assert settings["node-taints"] == setting


def test_a_taint_of_the_group_and_of_the_script_is_registered_once():
    old = script(f"{CALL} --kubelet-extra-args --register-with-taints=dedicated=a:NoSchedule")
    group = [{"key": "dedicated", "value": "a", "effect": "NO_SCHEDULE"}]
    made = text(old, "al2023", taints=group)
    assert flags(made)["--register-with-taints"] == "dedicated=a:NoSchedule"
    other = [{"key": "dedicated", "value": "new", "effect": "NO_SCHEDULE"}]
    assert "dedicated=new:NoSchedule" in refused(old, "al2023", taints=other)


@pytest.mark.parametrize(
    "label",
    ["host=$(hostname)", "host=`hostname`", "${NODE_LABELS}", "a=${B:-c}", "zone=$1"],
)
@pytest.mark.parametrize("family", ["al2023", "bottlerocket"])
def test_what_only_a_shell_knows_is_refused(label, family):
    old = script(f'{CALL} --kubelet-extra-args "--node-labels={label}"')
    assert "only a shell knows" in refused(old, family)
