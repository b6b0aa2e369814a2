"""Reading what new groups would take: asked once, and what has no answer is said, not guessed."""

import boto3
import pytest
from botocore.stub import Stubber

from include.eks_upgrade.aws.capacity.cni import cni_mode
from include.eks_upgrade.aws.capacity.quota_codes import quota_name, vcpu_quota
from include.eks_upgrade.aws.capacity.read_capacity import read_instances, read_reservations
from include.eks_upgrade.aws.capacity.read_quotas import read_quotas
from include.eks_upgrade.aws.capacity.surge import CniMode

KEYS = {"aws_access_key_id": "k", "aws_secret_access_key": "s"}


@pytest.fixture
def quotas():
    client = boto3.client("service-quotas", "us-east-1", **KEYS)
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()
    client.close()


@pytest.fixture
def ec2():
    client = boto3.client("ec2", "us-east-1", **KEYS)
    with Stubber(client) as stub:
        yield client, stub
    client.close()


def test_a_value_of_the_account_is_taken_before_awss_default(quotas):
    client, stub = quotas
    stub.add_response("get_service_quota", {"Quota": {"Value": 40.0}},
                      {"ServiceCode": "eks", "QuotaCode": "L-6D54EA21"})  # fmt: skip
    stub.add_client_error("get_service_quota", "NoSuchResourceException")
    stub.add_response("get_aws_default_service_quota", {"Quota": {"Value": 5.0}},
                      {"ServiceCode": "ec2", "QuotaCode": "L-1216C47A"})  # fmt: skip
    values, unknown = read_quotas(client, ["L-6D54EA21", "L-1216C47A"])
    assert (values, unknown) == ({"L-6D54EA21": 40, "L-1216C47A": 5}, ())


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "TooManyRequestsException", "ServiceException", "Odd"]
)
def test_a_quota_without_an_answer_is_said_and_the_next_is_not_asked(quotas, code):
    client, stub = quotas
    stub.add_client_error("get_service_quota", code, "no")
    values, (sentence,) = read_quotas(client, ["L-6D54EA21", "L-1216C47A"])
    assert values == {}
    assert "quotas could not be asked" in sentence
    assert code in sentence


def test_without_a_client_nothing_is_asked():
    assert read_quotas(None, ["L-6D54EA21"]) == ({}, ())


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("m5.large", "L-1216C47A"),
        ("i4i.large", "L-1216C47A"),
        ("im4gn.large", "L-1216C47A"),
        ("t4g.medium", "L-1216C47A"),
        ("inf2.xlarge", "L-1945791B"),
        ("trn1.2xlarge", "L-2C3B7624"),
        ("g6.xlarge", "L-DB2E81BA"),
        ("gr6.4xlarge", "L-DB2E81BA"),
        ("vt1.3xlarge", "L-DB2E81BA"),
        ("p5.48xlarge", "L-417A185B"),
        ("dl2q.24xlarge", "L-6E869C2A"),
        ("x2idn.16xlarge", "L-7295265B"),
        ("u-6tb1.metal", "L-43DA4232"),
        ("u7i-12tb.224xlarge", "L-43DA4232"),
        ("f1.2xlarge", "L-74FC7D96"),
        ("mac1.metal", ""),
        ("hpc7g.4xlarge", ""),
        ("", ""),
    ],
)
def test_the_quota_of_an_instance_type_is_that_of_its_letters(kind, code):
    assert vcpu_quota(kind, spot=False) == code


def test_spot_has_quotas_of_its_own_and_each_has_a_name():
    assert vcpu_quota("m5.large", spot=True) == "L-34B43A08"
    assert vcpu_quota("u-6tb1.metal", spot=True) == ""
    assert quota_name("L-3819A6DF") == "vCPUs of G instances, Spot (L-3819A6DF)"


def test_instances_that_could_not_be_asked_are_none_and_a_sentence(ec2):
    client, stub = ec2
    stub.add_client_error("describe_instances", "UnauthorizedOperation", "no")
    found, (sentence,) = read_instances(client)
    assert found is None
    assert "instances that run could not be asked" in sentence


def test_reservations_are_asked_only_when_a_template_names_one(ec2):
    client, stub = ec2
    assert read_reservations(client, []) == ({}, ())
    mine, other = ({"CapacityReservationId": f"cr-{n}"} for n in (1, 2))
    stub.add_response("describe_capacity_reservations", {"CapacityReservations": [mine, other]}, {})
    assert read_reservations(client, ["cr-1", "cr-9"]) == ({"cr-1": mine}, ())
    stub.add_client_error("describe_capacity_reservations", "UnauthorizedOperation", "no")
    found, (sentence,) = read_reservations(client, ["cr-1"])
    assert (found, "capacity reservations could not" in sentence) == (None, True)


def daemonset(**env):
    listed = [{"name": key, "value": value} for key, value in env.items()]
    container = {"name": "aws-node", "env": listed}
    return {"spec": {"template": {"spec": {"containers": [{"name": "other"}, container]}}}}


@pytest.mark.parametrize(
    ("found", "addon", "mode"),
    [
        pytest.param(daemonset(), None, CniMode(), id="defaults"),
        pytest.param(daemonset(ENABLE_PREFIX_DELEGATION="true", WARM_PREFIX_TARGET="2"), None,
                     CniMode(prefixes=True, warm_prefixes=2), id="prefixes"),
        pytest.param(daemonset(WARM_IP_TARGET="0", MINIMUM_IP_TARGET="10"), None,
                     CniMode(warm_addresses=0, minimum_addresses=10), id="addresses"),
        pytest.param(daemonset(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG="true", WARM_ENI_TARGET="x"),
                     None, CniMode(custom_network=True), id="custom network"),
        pytest.param(daemonset(), {"configurationValues": '{"env": {"WARM_ENI_TARGET": "3"}}'},
                     CniMode(), id="what runs counts"),
        pytest.param(None, {"configurationValues": '{"env": {"WARM_ENI_TARGET": 3}}'},
                     CniMode(warm_enis=3), id="JSON of the add-on"),
        pytest.param(None, {"configurationValues": "env:\n  ENABLE_PREFIX_DELEGATION: 'true'\n"},
                     CniMode(prefixes=True), id="YAML of the add-on"),
        pytest.param(None, {}, CniMode(), id="an add-on without configuration"),
        pytest.param(None, {"configurationValues": "- a list"}, None, id="no configuration"),
        pytest.param(None, None, None, id="another CNI"),
    ],
)  # fmt: skip
def test_the_mode_is_read_and_not_guessed(found, addon, mode):
    assert cni_mode(found, addon) == mode
