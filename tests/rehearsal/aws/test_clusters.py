"""Clusters, version updates, add-ons and insights of the simulated EKS."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.rehearsal.aws.aws_lab import Lab, lab, refusal

NAME = "plain"


@pytest.fixture
def aws() -> Iterator[Lab]:
    with lab() as made:
        yield made


def version_of(aws: Lab) -> tuple[str, str]:
    cluster = aws.eks.describe_cluster(name=NAME)["cluster"]
    return cluster["version"], cluster["status"]


def update_of(aws: Lab, update_id: str, **owner: str) -> dict[str, Any]:
    return aws.eks.describe_update(name=NAME, updateId=update_id, **owner)["update"]


def test_a_version_update_runs_for_ten_minutes_and_moves_the_control_plane(aws: Lab) -> None:
    update = aws.eks.update_cluster_version(name=NAME, version="1.26")["update"]
    assert (update["status"], version_of(aws)) == ("InProgress", ("1.25", "UPDATING"))
    aws.pass_time(599)
    assert update_of(aws, update["id"])["status"] == "InProgress"
    aws.pass_time(2)
    assert update_of(aws, update["id"])["status"] == "Successful"
    assert version_of(aws) == ("1.26", "ACTIVE")
    assert aws.rehearsal.world.clusters[NAME].version == "1.26"
    assert aws.eks.list_updates(name=NAME)["updateIds"] == [update["id"]]


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("1.27", id="two minors ahead"),
        pytest.param("1.25", id="the present version"),
        pytest.param("1.24", id="a version EKS does not know"),
        pytest.param("9.99", id="nonsense"),
    ],
)
def test_only_the_next_minor_is_accepted(aws: Lab, target: str) -> None:
    code, _, status = refusal(aws.eks.update_cluster_version, name=NAME, version=target)
    assert (code, status) == ("InvalidParameterException", 400)
    assert version_of(aws) == ("1.25", "ACTIVE")


def test_a_second_update_is_refused_with_the_id_of_the_first(aws: Lab) -> None:
    update = aws.eks.update_cluster_version(name=NAME, version="1.26")["update"]
    code, message, status = refusal(aws.eks.update_cluster_version, name=NAME, version="1.26")
    assert (code, status) == ("ResourceInUseException", 409)
    assert update["id"] in message


def test_the_same_token_answers_with_the_same_update(aws: Lab) -> None:
    request = {"name": NAME, "version": "1.26", "clientRequestToken": "x" * 36}
    first = aws.eks.update_cluster_version(**request)["update"]["id"]
    assert aws.eks.update_cluster_version(**request)["update"]["id"] == first


def test_a_failed_update_leaves_the_cluster_active_at_its_old_version(aws: Lab) -> None:
    wrong = {"errorCode": "IpNotAvailable", "errorMessage": "none left", "resourceIds": ["s-1"]}
    aws.rehearsal.world.faults.fail_next("VersionUpdate", [wrong])
    update = aws.eks.update_cluster_version(name=NAME, version="1.26")["update"]
    aws.pass_time(601)
    found = update_of(aws, update["id"])
    assert (found["status"], found["errors"]) == ("Failed", [wrong])
    assert version_of(aws) == ("1.25", "ACTIVE")


def test_insights_block_only_when_the_switch_is_on_and_force_passes_them(aws: Lab) -> None:
    faults = aws.rehearsal.world.faults
    faults.insights.append({"name": "Deprecated APIs", "status": "ERROR", "reason": "in use"})
    aws.eks.start_insights_refresh(clusterName=NAME)
    assert aws.eks.describe_insights_refresh(clusterName=NAME)["status"] == "IN_PROGRESS"
    aws.pass_time(60)
    assert aws.eks.describe_insights_refresh(clusterName=NAME)["status"] == "COMPLETED"
    errors = aws.eks.list_insights(clusterName=NAME, filter={"statuses": ["ERROR"]})["insights"]
    assert [i["name"] for i in errors] == ["Deprecated APIs"]
    whole = aws.eks.describe_insight(clusterName=NAME, id=errors[0]["id"])["insight"]
    assert whole["recommendation"]
    faults.insights_block = True
    code, message, _ = refusal(aws.eks.update_cluster_version, name=NAME, version="1.26")
    assert code == "InvalidStateException"
    assert "Pass the force flag" in message
    aws.eks.update_cluster_version(name=NAME, version="1.26", force=True)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        pytest.param("describe_cluster", {"name": "no"}, id="describe_cluster"),
        pytest.param("list_nodegroups", {"clusterName": "no"}, id="list_nodegroups"),
        pytest.param("list_addons", {"clusterName": "no"}, id="list_addons"),
        pytest.param("list_fargate_profiles", {"clusterName": "no"}, id="list_fargate_profiles"),
        pytest.param("describe_update", {"name": NAME, "updateId": "u"}, id="describe_update"),
        pytest.param(
            "describe_nodegroup", {"clusterName": NAME, "nodegroupName": "no"}, id="node group"
        ),
        pytest.param("delete_nodegroup", {"clusterName": NAME, "nodegroupName": "no"}, id="delete"),
        pytest.param("describe_addon", {"clusterName": NAME, "addonName": "no"}, id="add-on"),
    ],
)
def test_what_does_not_exist_is_a_modelled_404(
    aws: Lab, operation: str, arguments: dict[str, str]
) -> None:
    code, _, status = refusal(getattr(aws.eks, operation), **arguments)
    assert (code, status) == ("ResourceNotFoundException", 404)


def test_the_versions_on_offer_run_from_125_to_136(aws: Lab) -> None:
    found = aws.eks.describe_cluster_versions()["clusterVersions"]
    assert [row["clusterVersion"] for row in found][::-1] == [f"1.{n}" for n in range(25, 37)]
    assert [row["clusterVersion"] for row in found if row["defaultVersion"]] == ["1.36"]


def test_the_offer_does_not_age_with_the_calendar(aws: Lab) -> None:
    aws.pass_time(7 * 86400)
    found = aws.eks.describe_cluster_versions()["clusterVersions"]
    assert {row["clusterVersion"]: row["versionStatus"] for row in found}["1.31"] == (
        "EXTENDED_SUPPORT"
    )


def test_a_throttled_call_is_refused_as_often_as_asked(aws: Lab) -> None:
    aws.rehearsal.world.faults.throttle("ListClusters", 1)
    assert refusal(aws.eks.list_clusters)[::2] == ("TooManyRequestsException", 429)
    assert aws.eks.list_clusters()["clusters"] == [NAME]


def test_what_is_not_simulated_says_so(aws: Lab) -> None:
    code, message, _ = refusal(aws.eks.deregister_cluster, name=NAME)
    assert (code, message) == (
        "InvalidRequestException",
        "The rehearsal does not simulate DeregisterCluster.",
    )


def install(aws: Lab, name: str, version: str) -> None:
    aws.eks.create_addon(clusterName=NAME, addonName=name, addonVersion=version)
    aws.pass_time(91)


def image(aws: Lab, plural: str, name: str) -> str:
    with aws.rehearsal.clock.lock:
        found = aws.rehearsal.world.clusters[NAME].store.get(plural, "kube-system", name)
    return found["spec"]["template"]["spec"]["containers"][0]["image"]


def test_an_addon_update_takes_its_time_and_rolls_the_workload(aws: Lab) -> None:
    install(aws, "vpc-cni", "v1.16.4-eksbuild.2")
    request = {"clusterName": NAME, "addonName": "vpc-cni", "addonVersion": "v1.17.1-eksbuild.1"}
    update = aws.eks.update_addon(**request, resolveConflicts="PRESERVE")["update"]
    assert {"type": "ResolveConflicts", "value": "PRESERVE"} in update["params"]
    assert refusal(aws.eks.describe_update, name=NAME, updateId=update["id"])[2] == 404
    assert refusal(aws.eks.update_addon, **request)[0] == "ResourceInUseException"
    aws.pass_time(91)
    assert update_of(aws, update["id"], addonName="vpc-cni")["status"] == "Successful"
    addon = aws.eks.describe_addon(clusterName=NAME, addonName="vpc-cni")["addon"]
    assert (addon["status"], addon["addonVersion"]) == ("ACTIVE", "v1.17.1-eksbuild.1")
    assert image(aws, "daemonsets", "aws-node").endswith(":v1.17.1-eksbuild.1")


@pytest.mark.parametrize(
    ("addon", "version", "target", "part"),
    [
        pytest.param(
            "vpc-cni", "v1.16.4-eksbuild.2", "v1.18.5-eksbuild.1", "1 minor", id="vpc-cni two steps"
        ),
        pytest.param(
            "kube-proxy",
            "v1.25.6-eksbuild.1",
            "v1.26.15-eksbuild.5",
            "newer than the control plane",
            id="kube-proxy ahead",
        ),
        pytest.param(
            "coredns", "v1.9.3-eksbuild.2", "v1.13.2-eksbuild.1", "not supported", id="incompatible"
        ),
        pytest.param("coredns", "v1.9.3-eksbuild.2", "v0.0.0", "not supported", id="unknown"),
    ],
)
def test_an_addon_update_that_eks_would_refuse_is_refused(
    aws: Lab, addon: str, version: str, target: str, part: str
) -> None:
    install(aws, addon, version)
    code, message, _ = refusal(
        aws.eks.update_addon, clusterName=NAME, addonName=addon, addonVersion=target
    )
    assert code == "InvalidParameterException"
    assert part in message


def test_a_failed_addon_update_shows_as_update_failed_at_the_old_version(aws: Lab) -> None:
    install(aws, "coredns", "v1.9.3-eksbuild.2")
    wrong = {"errorCode": "ConfigurationConflict", "errorMessage": "replicas", "resourceIds": []}
    aws.rehearsal.world.faults.fail_next("AddonUpdate", [wrong])
    aws.eks.update_addon(clusterName=NAME, addonName="coredns", addonVersion="v1.9.3-eksbuild.17")
    aws.pass_time(91)
    addon = aws.eks.describe_addon(clusterName=NAME, addonName="coredns")["addon"]
    assert (addon["status"], addon["addonVersion"]) == ("UPDATE_FAILED", "v1.9.3-eksbuild.2")
    assert addon["health"]["issues"][0]["code"] == "ConfigurationConflict"


def test_a_configuration_is_kept_when_an_update_leaves_it_out_and_a_role_is_not(aws: Lab) -> None:
    values = '{"replicaCount":3}'
    aws.eks.create_addon(
        clusterName=NAME,
        addonName="coredns",
        addonVersion="v1.9.3-eksbuild.2",
        configurationValues=values,
        serviceAccountRoleArn=aws.scene.node_role,
    )
    aws.pass_time(91)
    aws.eks.update_addon(clusterName=NAME, addonName="coredns", addonVersion="v1.9.3-eksbuild.17")
    aws.pass_time(91)
    addon = aws.eks.describe_addon(clusterName=NAME, addonName="coredns")["addon"]
    assert addon["configurationValues"] == values
    assert "serviceAccountRoleArn" not in addon


def test_addon_versions_can_be_asked_for_one_cluster_version(aws: Lab) -> None:
    found = aws.eks.describe_addon_versions(addonName="kube-proxy", kubernetesVersion="1.26")
    rows = found["addons"][0]["addonVersions"]
    defaults = [r["addonVersion"] for r in rows if r["compatibilities"][0]["defaultVersion"]]
    assert defaults == ["v1.26.15-eksbuild.5"]
    assert {c["clusterVersion"] for r in rows for c in r["compatibilities"]} == {"1.26"}
    schema = aws.eks.describe_addon_configuration(
        addonName="kube-proxy", addonVersion="v1.26.15-eksbuild.5"
    )
    assert schema["configurationSchema"].startswith("{")


def test_tags_and_access_entries_can_be_written_and_read(aws: Lab) -> None:
    arn = aws.group()["nodegroupArn"]
    aws.eks.tag_resource(resourceArn=arn, tags={"owner": "me"})
    assert aws.eks.list_tags_for_resource(resourceArn=arn)["tags"]["owner"] == "me"
    principal = aws.scene.node_role.replace("nodes", "people")
    aws.eks.create_access_entry(clusterName=NAME, principalArn=principal)
    listed = aws.eks.list_access_entries(clusterName=NAME)["accessEntries"]
    assert listed == sorted([principal, aws.scene.node_role])
    entry = aws.eks.describe_access_entry(clusterName=NAME, principalArn=principal)
    assert entry["accessEntry"]["type"] == "STANDARD"


def test_a_managed_group_brings_the_access_entry_of_its_nodes(aws: Lab) -> None:
    entry = aws.eks.describe_access_entry(clusterName=NAME, principalArn=aws.scene.node_role)
    assert entry["accessEntry"]["type"] == "EC2_LINUX"
    assert entry["accessEntry"]["username"] == "system:node:{{EC2PrivateDNSName}}"
