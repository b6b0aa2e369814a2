"""Bad input: `plan` refuses it before anything is touched, all at once, each with its remedy."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowFailException
from eks_upgrade_airflow.operators.plan import EksPlanUpgradeOperator
from eks_upgrade_airflow.operators.release import EksReleaseLookOperator
from eks_upgrade_airflow.run.retry_policy import RETRIES, ClassifiedRetries
from eks_upgrade_airflow.ui.release_params import release_params

from include.eks_upgrade.common.counting import counted
from include.eks_upgrade.common.errors import Refused, Unreachable
from include.rehearsal import images
from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, plain
from tests.airflow.real.outside import World
from tests.airflow.worker import Run, environment, parameters

LONG = "a-group-with-a-name-of-sixty-characters-that-leaves-no-room-x"
REGION = "eu-west-1"
ARM = next(
    image.id
    for image in images.all_of(REGION)
    if (image.family, image.architecture, image.kubernetes_version) == ("al2023", "arm64", "1.34")
)


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[str, World]]:
    """Clusters in which time stands still: what is under way stays so."""
    with Rehearsal() as rehearsal, pytest.MonkeyPatch.context() as patch:
        custom = PlainOptions(template_family="al2023", addons={})
        golden = PlainOptions(template_family="al2023", golden=True, addons={})
        scenes = [
            plain(rehearsal.world, "plain", "1.33", 1, custom),
            plain(rehearsal.world, "busy", "1.33", 1, PlainOptions(addons={})),
            plain(rehearsal.world, "newest", "1.36", 1, PlainOptions(addons={})),
            plain(rehearsal.world, "named", "1.33", 1, PlainOptions(groups=(LONG,), addons={})),
            plain(rehearsal.world, "golden", "1.33", 1, golden),
        ]
        for name, value in environment(rehearsal).items():
            patch.setenv(name, value)
        found = {scene.cluster: World(rehearsal, scene) for scene in scenes}
        _disturb(found["busy"])
        yield found
        assert rehearsal.clock.failures == []


def _disturb(world: World) -> None:
    """An update that is under way, and a cluster that is still being made."""
    eks, cluster = world.eks, world.cluster
    eks.update_nodegroup_config(
        clusterName="busy", nodegroupName="workers", labels={"addOrUpdateLabels": {"a": "b"}}
    )
    eks.create_cluster(
        name="making",
        version="1.33",
        roleArn=cluster["roleArn"],
        resourcesVpcConfig={"subnetIds": cluster["resourcesVpcConfig"]["subnetIds"]},
    )


class Bad(NamedTuple):
    """Parameters and what the refusal says: words about each problem and its remedy."""

    given: dict[str, Any]
    words: tuple[str, ...]
    problems: int = 1
    world: str = "plain"


IMAGE = {"ami_source": "image_id"}
BAD = {
    "unknown cluster": Bad({"cluster_name": "payments"}, ("'payments'", "cluster_name")),
    "a region the cluster is not in": Bad({"region": "us-west-2"}, ("us-west-2", "region")),
    "a word that is no region": Bad({"region": "Dublin!"}, ("Dublin!", "region")),
    "target older": Bad({"target_version": "1.32"}, ("older than the cluster's 1.33", "1.34")),
    "target equal": Bad({"target_version": "1.33"}, ("already at 1.33", "choose 1.34")),
    "target far ahead that is not offered": Bad(
        {"target_version": "1.99"}, ("does not offer 1.37", "it offers")
    ),
    "target not offered": Bad(
        {"cluster_name": "newest"},
        ("does not offer 1.37", "leave the cluster at 1.36"),
        1,
        "newest",
    ),
    "node group that does not exist": Bad(
        {"node_groups": ["workers", "batch"]}, ("'batch'", "it has: workers", "correct node_groups")
    ),
    "AMI that does not exist": Bad(
        IMAGE | {"ami_id": "ami-0123456789abcdef0"}, ("ami-0123456789abcdef0", "Remedy")
    ),
    "AMI for another architecture": Bad(IMAGE | {"ami_id": ARM}, (ARM, "arm64", "x86_64")),
    "an image of one's own": Bad(
        {"cluster_name": "golden"},
        ("acme-al2023-eks-node-1.16.", "ami_source=name_pattern", "replace_custom_image=true"),
        1,
        "golden",
    ),
    "replacing an image and naming the new one": Bad(
        IMAGE | {"ami_id": ARM, "replace_custom_image": True},
        ("replace_custom_image", ARM),
        2,
    ),
    "a name too long": Bad(
        {"cluster_name": "named"}, (f"node group {LONG}", "EKS allows 63"), 1, "named"
    ),
    "contradictory image options": Bad(
        {"ami_id": "ami-0123456789abcdef0"}, ("ami_source is eks_optimized", "empty ami_id")
    ),
    "contradictory recovery options": Bad(
        {"may_delete_asg": True}, ("may_delete_asg", "allow may_unprotect too")
    ),
    "a stall that comes after the limit": Bad(
        {"deletion_stall_minutes": 100}, ("deletion_stall_minutes", "raise deletion_minutes")
    ),
    "several at once": Bad(
        {
            "target_version": "1.99",
            "node_groups": ["batch"],
            "may_delete_asg": True,
            "ami_source": "name_pattern",
            "ready_percent": 0,
        },
        (
            "does not offer 1.37",
            "'batch'",
            "may_unprotect",
            "give ami_name_pattern",
            "ready_percent",
        ),
        5,
    ),
}


def refused(given: dict[str, Any]) -> tuple[str, Run]:
    asked = parameters(**{"cluster_name": "plain", "region": REGION} | given)
    run = Run(asked)
    with pytest.raises(AirflowFailException) as raised:
        run.do("plan", EksPlanUpgradeOperator, options=run.params)
    return str(raised.value), run


@pytest.mark.parametrize("case", BAD)
def test_plan_refuses_with_each_problem_and_its_remedy(worlds: dict[str, World], case: str) -> None:
    bad = BAD[case]
    before = worlds[bad.world].fingerprint()
    told, run = refused(bad.given)
    assert [word for word in bad.words if word not in told] == []
    assert told.count("Remedy: ") == bad.problems
    assert f": {counted(bad.problems, 'problem')}\n" in told
    assert run.failure == told
    assert run.store == {}
    assert worlds[bad.world].fingerprint() == before


PASSING = {
    "the cluster is being made": Bad(
        {"cluster_name": "making"}, ("CREATING, not ACTIVE", "wait until")
    ),
    "an update of a node group is running": Bad(
        {"cluster_name": "busy"}, ("UPDATING, not ACTIVE", "wait until that has come"), 1, "busy"
    ),
}


@pytest.mark.parametrize("case", PASSING)
def test_plan_is_tried_again_for_a_while_when_time_alone_lifts_everything(
    worlds: dict[str, World], case: str
) -> None:
    bad = PASSING[case]
    run = Run(parameters(**{"cluster_name": "plain", "region": REGION} | bad.given))
    with pytest.raises(Refused) as raised:
        run.do("plan", EksPlanUpgradeOperator, options=run.params)
    told = str(raised.value)
    assert [word for word in bad.words if word not in told] == []
    decisions = [ClassifiedRetries().evaluate(raised.value, n, RETRIES) for n in (1, 5, 6)]
    retry, fail = RetryAction.RETRY, RetryAction.FAIL
    assert [each.action for each in decisions] == [retry, retry, fail]
    assert bad.words[0] in str(decisions[0].reason)


def test_plan_refuses_at_once_when_time_alone_does_not_lift_everything(
    worlds: dict[str, World],
) -> None:
    told, _ = refused({"cluster_name": "busy", "target_version": "1.99"})
    assert "UPDATING, not ACTIVE" in told
    assert "does not offer 1.37" in told


NOBODY = [
    pytest.param({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, id="no credentials"),
    pytest.param({"AWS_PROFILE": "payments"}, id="a profile that does not exist"),
]


@pytest.mark.parametrize("variables", NOBODY)
def test_plan_refuses_without_credentials_and_says_where_they_come_from(
    worlds: dict[str, World], monkeypatch: pytest.MonkeyPatch, variables: dict[str, str | None]
) -> None:
    before = worlds["plain"].fingerprint()
    for name, value in variables.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    told, _ = refused({})
    assert "Remedy: " in told
    assert "aws_conn_id" in told
    assert worlds["plain"].fingerprint() == before


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore's ten tries without the waits between them."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


AT_ONCE = {
    "a word that is no region, and options": (
        {"region": "Dublin!", "ready_percent": 0, "may_delete_asg": True},
        ("'Dublin!' is not the name", "ready_percent", "allow may_unprotect too"),
    ),
    "no such region, and options": (
        {"region": "eu-west-99", "ready_percent": 0},
        ("no EKS region of this name", "ready_percent"),
    ),
    "no such connection, and options": (
        {"aws_conn_id": "aws_payments", "ready_percent": 0, "target_version": "next"},
        ("no connection of this name", "ready_percent", "'next' is not a Kubernetes version"),
    ),
    "no such connection, and no such region": (
        {"aws_conn_id": "aws_payments", "region": "eu-west-99"},
        ("no connection of this name", "no EKS region 'eu-west-99' is known"),
    ),
    "no such connection, and a word that is no region": (
        {"aws_conn_id": "aws_payments", "region": "Dublin!"},
        ("no connection of this name", "'Dublin!' is not the name"),
    ),
    "a connection that verifies nothing, and options": (
        {"aws_conn_id": "aws_blind", "ready_percent": 0},
        ("verify: false", "ready_percent"),
    ),
    "no such cluster, and options": (
        {"cluster_name": "payments", "ready_percent": 0},
        ("no such cluster", "ready_percent"),
    ),
    "no version, of a cluster that is there": (
        {"target_version": "next"},
        ("'next' is not a Kubernetes version",),
    ),
}


@pytest.mark.parametrize("case", AT_ONCE)
def test_what_is_wrong_with_parameters_is_told_with_what_aws_says_to_them(
    worlds: dict[str, World], hurried: None, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    blind = '{"conn_type": "aws", "extra": {"verify": false}}'
    monkeypatch.setenv("AIRFLOW_CONN_AWS_BLIND", blind)
    given, words = AT_ONCE[case]
    told, _ = refused(given)
    assert [word for word in words if word not in told] == []
    assert told.count("Remedy: ") == len(words)


def test_parameters_are_refused_although_aws_does_not_answer(
    worlds: dict[str, World], monkeypatch: pytest.MonkeyPatch, hurried: None
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    told, _ = refused({"ready_percent": 0})
    assert "ready_percent" in told
    assert "it could not be read: " in told


def test_blanks_around_any_text_mean_nothing(worlds: dict[str, World]) -> None:
    given = {
        "cluster_name": " plain",
        "region": f"{REGION}\n",
        "target_version": " 1.34 ",
        "node_groups": [" workers ", "  "],
        "canary_group": "workers ",
        "ami_source": " eks_optimized",
        "addon_conflicts": "PRESERVE ",
        "nodes_at_once": " 25% ",
        "single_replicas": "evict ",
        "when_blocked": {" never_allowed": "ask "},
    }
    asked = parameters(**given)
    run = Run(asked | {"cluster_name": "plain", "region": REGION})
    assert run.do("plan", EksPlanUpgradeOperator, options=asked)["to_version"] == "1.34"


MISSPELT = {
    "a letter too few": ("target_versio", "write target_version"),
    "kubectl's flag": ("delete-emptydir-data", "write delete_emptydir_data"),
    "capitals": ("Cluster_Name", "write cluster_name"),
    "nothing like it": ("ticket", "leave it out; there are cluster_name, region"),
}


@pytest.mark.parametrize("case", MISSPELT)
def test_a_parameter_that_does_not_exist_is_refused_with_the_nearest(
    worlds: dict[str, World], case: str
) -> None:
    name, remedy = MISSPELT[case]
    run = Run(parameters(cluster_name="plain", region=REGION), conf={name: "x", "region": REGION})
    with pytest.raises(AirflowFailException) as raised:
        run.do("plan", EksPlanUpgradeOperator, options=run.params, parameters=list(parameters()))
    assert f"parameter '{name}': there is none of this name. Remedy: {remedy}" in str(raised.value)
    assert str(raised.value).count("Remedy: ") == 1


def test_a_dag_that_names_no_parameters_may_be_given_any(worlds: dict[str, World]) -> None:
    run = Run(parameters(cluster_name="plain", region=REGION), conf={"ticket": "OPS-1"})
    assert run.do("plan", EksPlanUpgradeOperator, options=run.params)["to_version"] == "1.34"


def test_a_release_refuses_a_parameter_and_a_region_that_do_not_exist(
    worlds: dict[str, World],
) -> None:
    conf = {"lockholder": "somebody"}
    run = Run(parameters(cluster_name="plain", region="Dublin!"), conf=conf)
    with pytest.raises(AirflowFailException) as raised:
        run.do("look", EksReleaseLookOperator, parameters=list(release_params()))
    assert "write lock_holder" in str(raised.value)
    assert "'Dublin!' is not the name" in str(raised.value)


def test_a_region_nobody_knows_and_nobody_answers_in_is_refused(
    worlds: dict[str, World], hurried: None
) -> None:
    told, _ = refused({"region": "eu-west-99"})
    assert "'eu-west-99': no EKS region of this name is known" in told
    assert "Remedy: set region to a region that EKS has" in told


def test_an_unknown_connection_is_refused_by_its_name(worlds: dict[str, World]) -> None:
    told, _ = refused({"aws_conn_id": "aws_payments"})
    assert "AWS connection 'aws_payments': Airflow has no connection of this name" in told
    assert "Remedy: correct aws_conn_id" in told


def test_an_aws_that_does_not_answer_is_no_refusal_so_that_airflow_tries_again(
    worlds: dict[str, World], monkeypatch: pytest.MonkeyPatch, hurried: None
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    run = Run(parameters(cluster_name="plain", region=REGION))
    with pytest.raises(Unreachable):
        run.do("plan", EksPlanUpgradeOperator, options=run.params)
    assert run.failure


def test_a_good_request_is_planned_in_the_same_world(worlds: dict[str, World]) -> None:
    asked = parameters(cluster_name="plain", region=REGION)
    assert Run(asked).do("plan", EksPlanUpgradeOperator, options=asked)["to_version"] == "1.34"
