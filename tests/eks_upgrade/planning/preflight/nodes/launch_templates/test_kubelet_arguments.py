"""Kubelet arguments in user data, held against what the target's kubelet takes."""

import json

import pytest

from include.eks_upgrade.aws.readings.own_groups import OWN_GROUPS, OwnGroup
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.reading import NotRead
from include.eks_upgrade.nodes.kubelet.locked_gates import LOCKED_GATES
from include.eks_upgrade.nodes.kubelet.removed_gates import REMOVED_GATES
from include.eks_upgrade.nodes.managed.new_group.names import replacement_name
from include.eks_upgrade.planning.preflight.nodes.launch_templates.kubelet_arguments import CHECK
from tests.eks_upgrade.planning.conftest import node_group
from tests.eks_upgrade.planning.group_room import version
from tests.eks_upgrade.planning.preflight.nodes.seeing import found, outcome, seen

SUBJECT = "user data of node group workers"


def bootstrap(extra):
    return f"#!/bin/bash\n/etc/eks/bootstrap.sh demo --kubelet-extra-args '{extra}'\n"


def node_config(flags=(), **config):
    kubelet = {"flags": list(flags), "config": config}
    spec = {"cluster": {"name": "demo"}, "kubelet": kubelet}
    return json.dumps({"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": spec})


@pytest.mark.parametrize(
    ("user_data", "family", "target", "named"),
    [
        pytest.param(bootstrap("--pod-infra-container-image=pause:3.9 --max-pods=29"), "al2",
                     "1.35", "--pod-infra-container-image (gone since 1.35", id="bootstrap.sh"),
        pytest.param(bootstrap("--pod_infra_container_image pause:3.9"), "al2", "1.35",
                     "--pod-infra-container-image", id="with underscores and a blank"),
        pytest.param("#!/bin/bash\nARGS=--cloud-config=/etc/aws.conf\n/etc/eks/bootstrap.sh demo "
                     '--kubelet-extra-args "$ARGS"\n', "ubuntu", "1.35",
                     "--cloud-config", id="by way of a variable"),
        pytest.param(node_config(["--cloud-config=/x --v=2"]), "al2023", "1.35",
                     "--cloud-config (gone since 1.34)", id="flags of a NodeConfig"),
        pytest.param(node_config(["--feature-gates=Mine=true,SizeMemoryBackedVolumes=false"]),
                     "al2023", "1.35", "feature gate SizeMemoryBackedVolumes (gone since 1.35)",
                     id="a gate by flag"),
        pytest.param(node_config(featureGates={"ComponentSLIs": True}), "al2023", "1.35",
                     "feature gate ComponentSLIs", id="a gate in the configuration"),
        pytest.param(node_config(featureGates={"NodeSwap": False}), "al2023", "1.35",
                     "feature gate NodeSwap=false (locked to true since 1.34)", id="a locked gate"),
        pytest.param(bootstrap("--feature-gates=KubeletTracing=F,Mine=true"), "al2", "1.34",
                     "KubeletTracing=false (locked to true since 1.34)", id="locked, by flag"),
        pytest.param(
            node_config(featureGates={"AllowOverwriteTerminationGracePeriodSeconds": "true"}),
            "al2023", "1.35", "GracePeriodSeconds=true (locked to false since 1.35)",
            id="locked to false"),
    ],
)  # fmt: skip
def test_an_argument_that_the_targets_kubelet_refuses_blocks(user_data, family, target, named):
    group = {"version": "1.33"}
    kubelets = {"ip-1": ("v1.33.1", "workers")}
    given = seen(target, user_data, family, group=group, facts={"kubelets": kubelets})
    ((severity, subject, what),) = found(CHECK, given)
    assert (severity, subject) == ("blocks", SUBJECT)
    assert named in what
    assert f"a kubelet of {target} does not start" in what


@pytest.mark.parametrize(
    ("user_data", "family", "target"),
    [
        pytest.param(bootstrap("--max-pods=29 --node-labels=a=b"), "al2", "1.35", id="other flags"),
        pytest.param(bootstrap("--pod-infra-container-image=x"), "al2", "1.34", id="still taken"),
        pytest.param(node_config(), "al2023", "1.35", id="none"),
        pytest.param(node_config(featureGates=["Odd"]), "al2023", "1.35", id="gates that are none"),
        pytest.param(node_config(featureGates={"GracefulNodeShutdown": True}), "al2023", "1.35",
                     id="a gate that stays"),
        pytest.param(node_config(featureGates={"NodeSwap": True}), "al2023", "1.35",
                     id="a locked gate at what it is locked to"),
        pytest.param(node_config(featureGates={"ExecProbeTimeout": False}), "al2023", "1.34",
                     id="a gate that is not locked yet"),
        pytest.param(node_config(featureGates={"NodeSwap": "perhaps"}), "al2023", "1.35",
                     id="a value that is none"),
        pytest.param('[settings.kubernetes]\ncluster-name = "demo"\nmax-pods = 20\n',
                     "bottlerocket", "1.35", id="Bottlerocket, which takes no such arguments"),
        pytest.param("#!/bin/bash\n/etc/eks/bootstrap.sh demo --container-runtime containerd\n",
                     "al2", "1.35", id="an argument of bootstrap.sh of that name"),
        pytest.param("#!/bin/bash\n# --cloud-config is gone\necho hello\n", "al2", "1.35",
                     id="a comment"),
        pytest.param("#!/bin/bash\necho --cloud-config-drive AppArmor\n", "al2", "1.35",
                     id="words that are alike"),
    ],
)  # fmt: skip
def test_what_the_targets_kubelet_takes_is_silent(user_data, family, target):
    assert found(CHECK, seen(target, user_data, family)) == []


@pytest.mark.parametrize(
    "text",
    [
        "echo KUBELET_ARGS=--pod-infra-container-image=x > /etc/systemd/system/kubelet.service.d/1",
        "jq '.featureGates.ComponentSLIs=true' /etc/kubernetes/kubelet/kubelet-config.json",
        "while true; do kubelet --pod-infra-container-image=x; done",
        """jq '.featureGates."NodeSwap" = false' /etc/kubernetes/kubelet/kubelet-config.json""",
    ],
    ids=["a unit's file", "a gate by jq", "a script that cannot be read", "a locked gate by jq"],
)
def test_a_mention_that_cannot_be_followed_warns(text):
    ((severity, _, what),) = found(CHECK, seen("1.35", f"#!/bin/bash\n{text}\n", "al2"))
    assert severity == "warns"
    assert "in a place that cannot be followed here" in what


def test_a_gate_that_is_gone_is_told_as_gone_and_not_as_locked():
    given = seen("1.35", node_config(featureGates={"StrictCostEnforcementForVAP": False}))
    ((_, _, what),) = found(CHECK, given)
    assert "(gone since 1.35)" in what
    assert "locked" not in what


def test_no_gate_is_locked_after_it_is_gone():
    gone = {name: REMOVED_GATES[name] for name in LOCKED_GATES if name in REMOVED_GATES}
    assert all(LOCKED_GATES[name].since < since for name, since in gone.items())


def test_what_present_nodes_would_not_have_started_with_either_warns():
    given = seen("1.35", bootstrap("--container-runtime=remote"), "al2")
    ((severity, _, what),) = found(CHECK, given)
    assert severity == "warns"
    assert "the nodes of 1.34 should not have started with that either" in what


def test_beyond_the_table_nothing_is_promised():
    given = seen("1.38", node_config(["--v=2"]), present="1.37")
    ((severity, _, what),) = found(CHECK, given)
    assert (severity, "the table ends at 1.37" in what) == ("informs", True)


def test_groups_without_a_template_or_with_an_image_that_is_not_found_are_left_to_others():
    bad = bootstrap("--pod-infra-container-image=x")
    assert found(CHECK, seen()) == []
    assert found(CHECK, seen(user_data=bad, image=Problem("image", "none", "find one"))) == []
    assert outcome(CHECK, seen(user_data=bad, facts={"surge": None})).left_out


def test_a_group_whose_replacement_stands_has_its_template_made():
    bad = bootstrap("--pod-infra-container-image=x")
    new = replacement_name("workers", "1.35")
    groups = {"workers": node_group("workers", "1.34"), new: node_group(new, "1.35")}
    given = seen(user_data=bad, family="al2")
    assert found(CHECK, given)
    assert found(CHECK, seen(user_data=bad, family="al2", facts={"node_groups": groups})) == []


# --- groups of self-managed nodes -----------------------------------------------------------------


def own(text, name="own-asg", **more):
    versions = (version(text),) if text is not None else ()
    return {OWN_GROUPS.name: (OwnGroup(name, versions, **more),)}


@pytest.mark.parametrize(
    ("text", "does"),
    [
        pytest.param(bootstrap("--pod-infra-container-image=x"), "gives the kubelet", id="AL2"),
        pytest.param(node_config(featureGates={"NodeSwap": False}), "gives the kubelet",
                     id="nodeadm"),
        pytest.param("#!/bin/bash\nsed -i s/x/--cloud-config=y/ /etc/kubelet\n", "has a text with",
                     id="a script"),
    ],
)  # fmt: skip
def test_user_data_of_a_self_managed_group_warns_for_whoever_replaces_its_nodes(text, does):
    ((severity, subject, what),) = found(CHECK, seen("1.35", readings=own(text)))
    assert (severity, subject) == ("warns", "user data of Auto Scaling group own-asg")
    assert f"it {does}" in what
    assert "this run does not replace its nodes" in what


@pytest.mark.parametrize("text", [None, "", "#!/bin/bash\n/etc/eks/bootstrap.sh demo\n"])
def test_one_with_nothing_of_that_is_silent(text):
    assert found(CHECK, seen("1.35", readings=own(text))) == []


def test_a_launch_configuration_is_not_read_and_that_is_told():
    told = outcome(CHECK, seen("1.35", readings=own(None, unread="launch configuration lc-1")))
    assert "own-asg (launch configuration lc-1)" in told.unknown


def test_without_the_right_the_groups_of_eks_are_judged_and_the_others_not_known():
    denied = {OWN_GROUPS.name: NotRead("the caller may not autoscaling:DescribeAutoScalingGroups")}
    told = outcome(CHECK, seen(user_data=bootstrap("--cloud-config=x"), family="al2",
                               readings=denied))  # fmt: skip
    assert [one.subject for one in told.findings] == [SUBJECT]
    assert "DescribeAutoScalingGroups" in told.unknown
