"""Faults of AWS calls, as a real boto3 client meets them over HTTP."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from tests.rehearsal.aws.aws_lab import ONCE, Lab, lab, refusal

NAME = "plain"


@pytest.fixture(scope="module")
def shared() -> Iterator[Lab]:
    with lab() as made:
        yield made


@pytest.fixture
def aws(shared: Lab) -> Iterator[Lab]:
    yield shared
    shared.rehearsal.world.faults.calls.lift()


@pytest.fixture(scope="module")
def clients(shared: Lab) -> Iterator[dict[str, Any]]:
    url = shared.rehearsal.environment["AWS_ENDPOINT_URL"]
    session = shared.rehearsal.session()
    own = {name: session.client(name, endpoint_url=url, config=ONCE) for name in ("sts", "iam")}
    yield {"eks": shared.eks, "ec2": shared.ec2, "autoscaling": shared.autoscaling,
           "ssm": shared.ssm, **own}  # fmt: skip
    for client in own.values():
        client.close()


# One call of each service: (operation, method, arguments).
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "eks": ("DescribeCluster", "describe_cluster", {"name": NAME}),
    "ec2": ("DescribeInstances", "describe_instances", {"InstanceIds": ["i-0a"]}),
    "autoscaling": ("DescribePolicies", "describe_policies", {"AutoScalingGroupName": "x"}),
    "ssm": ("GetParameter", "get_parameter", {"Name": "/x"}),
    "sts": ("GetCallerIdentity", "get_caller_identity", {}),
    "iam": ("GetRole", "get_role", {"RoleName": "plain-nodes"}),
}
REFUSALS = [
    ("throttle", "eks", "TooManyRequestsException", 429),
    ("throttle", "ec2", "RequestLimitExceeded", 503),
    ("throttle", "autoscaling", "Throttling", 400),
    ("throttle", "ssm", "ThrottlingException", 400),
    ("throttle", "sts", "Throttling", 400),
    ("throttle", "iam", "Throttling", 400),
    ("http500", "eks", "ServerException", 500),
    ("http500", "ec2", "InternalError", 500),
    ("http500", "autoscaling", "InternalFailure", 500),
    ("http500", "ssm", "InternalServerError", 500),
    ("http503", "eks", "ServiceUnavailableException", 503),
    ("http503", "ec2", "Unavailable", 503),
    ("http503", "iam", "ServiceUnavailable", 503),
    ("expired_credentials", "eks", "ExpiredTokenException", 403),
    ("expired_credentials", "ec2", "RequestExpired", 400),
    ("expired_credentials", "autoscaling", "ExpiredToken", 403),
    ("expired_credentials", "ssm", "ExpiredTokenException", 400),
    ("expired_credentials", "sts", "ExpiredToken", 403),
    ("not_found_yet", "eks", "ResourceNotFoundException", 404),
    ("not_found_yet", "ec2", "InvalidInstanceID.NotFound", 400),
    ("not_found_yet", "ssm", "ParameterNotFound", 400),
    ("not_found_yet", "iam", "NoSuchEntity", 404),
]


@pytest.mark.parametrize(
    ("kind", "service", "code", "status"),
    [pytest.param(*row, id=f"{row[0]} of {row[1]}") for row in REFUSALS],
)
def test_a_refusal_carries_the_code_and_status_of_its_service(
    aws: Lab, clients: dict[str, Any], kind: str, service: str, code: str, status: int
) -> None:
    operation, method, arguments = CALLS[service]
    aws.rehearsal.world.faults.add(kind, operation, times=1)
    found = refusal(getattr(clients[service], method), **arguments)
    assert (found[0], found[2]) == (code, status)


@pytest.mark.parametrize("service", list(CALLS))
def test_an_error_of_ones_own_reaches_the_client_of_any_service(
    aws: Lab, clients: dict[str, Any], service: str
) -> None:
    operation, method, arguments = CALLS[service]
    aws.rehearsal.world.faults.add(
        "error", operation, times=1, code="OptInRequired", message="not <here> & now", status=403
    )
    found = refusal(getattr(clients[service], method), **arguments)
    assert found == ("OptInRequired", "not <here> & now", 403)


def test_an_error_that_eks_models_arrives_as_its_exception_class(aws: Lab) -> None:
    message = "Cannot because cluster has update 123 in progress"
    aws.rehearsal.world.faults.add(
        "error", "UpdateAddon", code="ResourceInUseException", message=message, status=409
    )
    with pytest.raises(aws.eks.exceptions.ResourceInUseException, match="update 123"):
        aws.eks.update_addon(clusterName=NAME, addonName="coredns")


def test_auto_scaling_shows_nothing_where_others_know_a_404(aws: Lab) -> None:
    name = aws.scene.asgs["workers"]
    aws.rehearsal.world.faults.add("not_found_yet", "DescribeAutoScalingGroups", times=1)
    ask = aws.autoscaling.describe_auto_scaling_groups
    assert ask(AutoScalingGroupNames=[name])["AutoScalingGroups"] == []
    assert len(ask(AutoScalingGroupNames=[name])["AutoScalingGroups"]) == 1


@pytest.mark.parametrize("service", list(CALLS))
def test_a_reset_connection_gives_the_client_no_answer_at_all(
    aws: Lab, clients: dict[str, Any], service: str
) -> None:
    operation, method, arguments = CALLS[service]
    aws.rehearsal.world.faults.add("reset", operation, times=1)
    with pytest.raises(ConnectionClosedError) as caught:
        getattr(clients[service], method)(**arguments)
    assert "Connection reset by peer" in str(caught.value.kwargs["error"])


def test_a_truncated_xml_body_cannot_be_parsed(aws: Lab, clients: dict[str, Any]) -> None:
    aws.rehearsal.world.faults.add("truncated", "GetCallerIdentity", times=1)
    with pytest.raises(ResponseParserError):
        clients["sts"].get_caller_identity()


def test_a_truncated_json_body_is_an_answer_without_its_content_to_boto3(aws: Lab) -> None:
    """botocore neither compares the length nor minds broken JSON: callers get an empty answer."""
    aws.rehearsal.world.faults.add("truncated", "DescribeCluster", times=1)
    answer = aws.eks.describe_cluster(name=NAME)
    assert "cluster" not in answer
    length = int(answer["ResponseMetadata"]["HTTPHeaders"]["content-length"])
    assert length > 1000


def test_a_slow_answer_comes_late_and_whole(aws: Lab) -> None:
    aws.rehearsal.world.faults.add("slow", "DescribeCluster", times=1, delay=0.3)
    began = time.monotonic()
    assert aws.eks.describe_cluster(name=NAME)["cluster"]["status"] == "ACTIVE"
    assert time.monotonic() - began >= 0.3


def test_others_are_answered_while_one_answer_is_slow(aws: Lab) -> None:
    aws.rehearsal.world.faults.add("slow", "DescribeCluster", times=1, delay=1.0)
    url = aws.rehearsal.environment["AWS_ENDPOINT_URL"]
    hurried = Config(retries={"total_max_attempts": 1}, read_timeout=0.3)
    client = aws.rehearsal.session().client("eks", endpoint_url=url, config=hurried)
    with pytest.raises(ReadTimeoutError):
        client.describe_cluster(name=NAME)
    assert client.list_nodegroups(clusterName=NAME)["nodegroups"] == ["workers"]
    client.close()


@pytest.mark.parametrize(
    "kind",
    [pytest.param("reset", id="reset"), pytest.param("http500", id="http500")],
)
def test_a_fault_that_comes_after_leaves_the_change_made(aws: Lab, kind: str) -> None:
    arn = aws.eks.describe_cluster(name=NAME)["cluster"]["arn"]
    aws.rehearsal.world.faults.add(kind, "TagResource", times=1, after=True)
    with pytest.raises(Exception, match=r"closed|internal error"):
        aws.eks.tag_resource(resourceArn=arn, tags={kind: "yes"})
    assert aws.eks.list_tags_for_resource(resourceArn=arn)["tags"][kind] == "yes"
    entry = aws.rehearsal.world.journal.changes(cluster=NAME)[-1]
    assert (entry.operation, entry.done, entry.fault) == ("TagResource", True, kind)


def test_a_fault_that_comes_before_leaves_everything_as_it_was(aws: Lab) -> None:
    arn = aws.eks.describe_cluster(name=NAME)["cluster"]["arn"]
    aws.rehearsal.world.faults.add("reset", "TagResource", times=1)
    with pytest.raises(ConnectionClosedError):
        aws.eks.tag_resource(resourceArn=arn, tags={"never": "yes"})
    assert "never" not in aws.eks.list_tags_for_resource(resourceArn=arn)["tags"]
    entry = aws.rehearsal.world.journal.changes(cluster=NAME)[-1]
    assert (entry.operation, entry.done, entry.status) == ("TagResource", False, 0)


def test_boto3_gets_over_throttling_by_itself_and_every_attempt_is_in_the_journal(
    aws: Lab,
) -> None:
    url = aws.rehearsal.environment["AWS_ENDPOINT_URL"]
    patient = Config(retries={"mode": "standard", "total_max_attempts": 3})
    client = aws.rehearsal.session().client("eks", endpoint_url=url, config=patient)
    journal = aws.rehearsal.world.journal
    since = journal.last
    aws.rehearsal.world.faults.add("throttle", "ListClusters", times=1)
    assert client.list_clusters()["clusters"] == [NAME]
    client.close()
    seen = journal.entries(operation="ListClusters", since=since)
    assert [(each.status, each.fault) for each in seen] == [(429, "throttle"), (200, "")]
