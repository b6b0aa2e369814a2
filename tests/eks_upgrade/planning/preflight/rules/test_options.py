"""Parameters that contradict each other are refused, each under its own name."""

import pytest

from include.eks_upgrade.common.errors import Refused
from include.eks_upgrade.nodes.images.choice import AmiChoice
from include.eks_upgrade.nodes.managed.recovery.options import RecoveryOptions
from include.eks_upgrade.planning.make_plan import groups_in_need, make_plan
from include.eks_upgrade.planning.preflight.rules.options import unknown_parameters
from include.eks_upgrade.request import (
    DrainOptions,
    Limits,
    UpgradeRequest,
)


def refusal(request, facts):
    images = dict.fromkeys(groups_in_need(request, facts))
    with pytest.raises(Refused) as raised:
        make_plan(request, facts, images)
    return raised.value


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        pytest.param({"region": ""}, "region", id="no-region"),
        pytest.param({"region": "Frankfurt"}, "region", id="no-such-word-for-a-region"),
        pytest.param({"role_arn": "eks-fleet"}, "role_arn", id="a-role-by-its-name-alone"),
        pytest.param(
            {"role_arn": "arn:aws:iam::111111111111:user/x"}, "role_arn", id="a-user-is-no-role"
        ),
        pytest.param({"node_groups": ("workers", "workers")}, "node_groups", id="named-twice"),
        pytest.param({"addon_conflicts": "MERGE"}, "addon_conflicts", id="unknown-conflicts"),
        pytest.param({"ami": AmiChoice(source="magic")}, "ami_source", id="unknown-source"),
        pytest.param({"ami": AmiChoice(family="al1")}, "ami_family", id="unknown-family"),
        pytest.param({"ami": AmiChoice(source="image_id")}, "ami_id", id="id-missing"),
        pytest.param({"ami": AmiChoice(image_id="ami-12345678")}, "ami_id", id="id-not-used"),
        pytest.param(
            {"ami": AmiChoice(source="image_id", image_id="i-1")}, "ami_id", id="id-malformed"
        ),
        pytest.param(
            {"ami": AmiChoice(source="name_pattern")}, "ami_name_pattern", id="pattern-missing"
        ),
        pytest.param(
            {"ami": AmiChoice(name_pattern="acme-*")}, "ami_name_pattern", id="pattern-not-used"
        ),
        pytest.param(
            {"ami": AmiChoice(source="name_pattern", name_pattern="a", owner="me")},
            "ami_owner",
            id="no-owner",
        ),
        pytest.param(
            {
                "ami": AmiChoice(
                    source="image_id", image_id="ami-12345678", replace_custom_image=True
                )
            },
            "replace_custom_image",
            id="replaces-what-it-names",
        ),
        pytest.param(
            {"recovery": RecoveryOptions(may_delete_asg=True)}, "may_delete_asg", id="rung-skipped"
        ),
        pytest.param({"ready_percent": 0}, "ready_percent", id="no-node-ready"),
        pytest.param({"ready_percent": 101}, "ready_percent", id="more-than-all-ready"),
        pytest.param({"extra_nodes": -1}, "extra_nodes", id="fewer-than-no-nodes"),
        pytest.param(
            {"drain": DrainOptions(grace_period_seconds=-1)},
            "pod_grace_period_seconds",
            id="grace-below-zero",
        ),
        pytest.param(
            {"drain": DrainOptions(timeout_minutes=0)}, "drain_timeout_minutes", id="no-drain-time"
        ),
        pytest.param(
            {"drain": DrainOptions(when_blocked={"bored": "wait"})},
            "when_bored",
            id="unknown-class-of-blocked-pods",
        ),
        pytest.param(
            {"drain": DrainOptions(when_blocked={"refused": "delete"})},
            "when_refused",
            id="deleting-not-allowed",
        ),
        pytest.param(
            {"drain": DrainOptions(delete_blocked_after_minutes=0)},
            "delete_blocked_after_minutes",
            id="deletes-at-once",
        ),
        pytest.param(
            {"drain": DrainOptions(delete_pause_seconds=-1)},
            "delete_pause_seconds",
            id="pause-below-zero",
        ),
        pytest.param(
            {"drain": DrainOptions(unbudgeted_workloads="now")},
            "unbudgeted_workloads",
            id="unknown-way-of-workloads-without-a-budget",
        ),
        pytest.param(
            {"drain": DrainOptions(single_replicas="")}, "single_replicas", id="no-word-at-all"
        ),
        pytest.param(
            {"drain": DrainOptions(unready_patience_minutes=0)},
            "unready_patience_minutes",
            id="no-patience-at-all",
        ),
        pytest.param(
            {"drain": DrainOptions(load_balancer_drain_seconds=-1)},
            "load_balancer_drain_seconds",
            id="load-balancers-let-go-before-they-are-asked",
        ),
        pytest.param(
            {"drain": DrainOptions(nodes_at_once="0%")}, "nodes_at_once", id="no-node-at-once"
        ),
        pytest.param(
            {"drain": DrainOptions(nodes_at_once="some")}, "nodes_at_once", id="no-number-of-nodes"
        ),
        pytest.param(
            {"drain": DrainOptions(running_jobs="kill")}, "running_jobs", id="unknown-fate-of-jobs"
        ),
        pytest.param(
            {"drain": DrainOptions(job_patience_minutes=0)},
            "job_patience_minutes",
            id="no-patience-with-jobs",
        ),
        pytest.param(
            {"drain": DrainOptions(requests_per_second=0)},
            "kubernetes_requests_per_second",
            id="no-requests-at-all",
        ),
        pytest.param({"limits": Limits(poll_seconds=0)}, "poll_seconds", id="polls-without-pause"),
        pytest.param({"worse_minutes": -1}, "worse_minutes", id="worse-for-less-than-nothing"),
        pytest.param({"worse_minutes": 45}, "worse_minutes", id="worse-for-longer-than-is-waited"),
        pytest.param(
            {"limits": Limits(deletion_stall_minutes=91)},
            "deletion_stall_minutes",
            id="stall-beyond-limit",
        ),
    ],
)
def test_refuses_parameters_that_contradict(make_request, make_facts, changes, subject):
    told = refusal(make_request(**changes), make_facts()).problems

    assert [problem.subject for problem in told] == [subject]


def test_all_that_is_wrong_about_blocked_pods_is_told_at_once(make_request, make_facts):
    wanted = {"bored": "wait", "refused": "delete", "slow_to_stop": "restart"}

    told = refusal(make_request(drain=DrainOptions(when_blocked=wanted)), make_facts()).problems

    assert {problem.subject for problem in told} == {f"when_{kind}" for kind in wanted}


def test_the_parameter_of_an_earlier_release_is_refused_with_how_it_is_written_now():
    (told,) = unknown_parameters(["when_blocked"], ["when_refused", "when_never_allowed"])
    assert told.subject == "parameter 'when_blocked'"
    assert 'write {"when_never_allowed": "ask"}' in told.remedy


def test_a_field_that_was_emptied_has_its_default():
    emptied = dict.fromkeys(("smoke_test_namespace", "ami_owner", "ready_percent", "running_jobs"))
    request = UpgradeRequest.from_params({"cluster_name": "shop", **emptied})
    assert (request.smoke_test_namespace, request.ami.owner) == ("default", "amazon")
    assert (request.ready_percent, request.drain.running_jobs) == (100, "wait")
