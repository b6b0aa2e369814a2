"""Every failure has one class: a table over AWS's codes, botocore, Kubernetes and our own tree."""

import aiohttp
import botocore.session
import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError
from botocore.retries import standard

from include.eks_upgrade.aws.error_codes import CODES, row_of
from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.common import errors
from include.eks_upgrade.common.failure import (
    Failure,
    FailureClass,
    pause_seconds,
    worth_another_try,
)
from include.eks_upgrade.kube.errors import Answer, error_of, failure_class
from include.eks_upgrade.retrying import CLASSES, classify

SOON, LATER, PERSON, BUG = FailureClass
PROBLEM = [errors.Problem("x", "y", "z")]
ENDPOINT = {"endpoint_url": "https://eks.eu-west-1.amazonaws.com"}


def answered(code, status=400):
    answer = {
        "Error": {"Code": code, "Message": "in AWS's words"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return boto.ClientError(answer, "DescribeCluster")


AWS = [
    pytest.param("ThrottlingException", 429, SOON, id="throttled"),
    pytest.param("Throttling", 400, SOON, id="throttled-by-auto-scaling"),
    pytest.param("RequestLimitExceeded", 503, SOON, id="throttled-by-ec2"),
    pytest.param("ServerException", 500, SOON, id="500"),
    pytest.param("ServiceUnavailableException", 503, SOON, id="503"),
    pytest.param("ExpiredTokenException", 403, SOON, id="token-expired"),
    pytest.param("ResourceInUseException", 409, LATER, id="another-update"),
    pytest.param("ScalingActivityInProgressFault", 400, LATER, id="an-activity"),
    pytest.param("InsufficientInstanceCapacity", 500, LATER, id="no-capacity-now"),
    pytest.param("ResourceNotFoundException", 404, LATER, id="not-seen-yet"),
    pytest.param("InvalidLaunchTemplateId.NotFound", 400, LATER, id="not-seen-by-ec2-yet"),
    pytest.param("ResourcePropagationDelayException", 428, LATER, id="a-role-not-seen-yet"),
    pytest.param("AccessDeniedException", 403, PERSON, id="not-allowed"),
    pytest.param("UnauthorizedOperation", 403, PERSON, id="not-allowed-by-ec2"),
    pytest.param("UnrecognizedClientException", 403, PERSON, id="a-key-nobody-knows"),
    pytest.param("ResourceLimitExceededException", 400, PERSON, id="a-quota"),
    pytest.param("VcpuLimitExceeded", 400, PERSON, id="a-quota-of-ec2"),
    pytest.param("InvalidParameterException", 400, PERSON, id="a-parameter"),
    pytest.param("ActiveInstanceRefreshNotFound", 400, SOON, id="nothing-to-cancel"),
    pytest.param("NoSuchEntity", 404, PERSON, id="no-such-role"),
    pytest.param("InvalidInput", 400, PERSON, id="wrong-for-iam"),
    pytest.param("NoSuchResourceException", 400, PERSON, id="no-quota-of-its-own"),
    pytest.param("AWSOrganizationsNotInUseException", 400, PERSON, id="no-organization"),
    pytest.param("VersionLimitExceeded", 400, PERSON, id="too-many-template-versions"),
    pytest.param("Unsupported", 400, PERSON, id="a-type-that-a-zone-lacks"),
    pytest.param("UnsupportedOperation", 400, PERSON, id="not-for-this-thing"),
    pytest.param("MissingParameter", 400, PERSON, id="a-parameter-missing"),
    pytest.param("InvalidUserData.Malformed", 400, PERSON, id="user-data"),
    pytest.param("InvalidInstanceType", 400, PERSON, id="an-instance-type"),
    pytest.param("TooNewToBeKnown", 503, SOON, id="unknown-5xx"),
    pytest.param("TooNewToBeKnown", 429, SOON, id="unknown-429"),
    pytest.param("TooNewToBeKnown", 400, BUG, id="unknown-4xx"),
    pytest.param("TooNewToBeKnown", 409, LATER, id="unknown-409"),
    pytest.param("403", 403, PERSON, id="a-proxy-that-forbids"),
    pytest.param("413", 413, PERSON, id="too-much-at-once"),
    pytest.param("Blocked", 400, PERSON, id="an-account-that-is-blocked"),
    pytest.param("PendingVerification", 400, PERSON, id="an-account-that-is-new"),
]


@pytest.mark.parametrize(("code", "status", "kind"), AWS)
def test_an_answer_of_aws_has_the_same_class_raw_and_in_our_words(code, status, kind):
    raw = answered(code, status)
    with pytest.raises(errors.UpgradeError) as told, aws_errors_about("cluster 'demo'"):
        raise raw
    for error in (raw, told.value):
        failure = classify(error)
        assert (failure.kind, failure.code) == (kind, code)
        assert code in failure.message
        assert "in AWS's words" in failure.message


UPDATING = errors.Problem("group", "UPDATING", "wait", passes=True)
OTHERS = [
    pytest.param(boto.EndpointConnectionError(**ENDPOINT, error="dns"), SOON, id="no-endpoint"),
    pytest.param(boto.ReadTimeoutError(**ENDPOINT), SOON, id="timeout"),
    pytest.param(boto.ConnectionClosedError(**ENDPOINT), SOON, id="reset"),
    pytest.param(ResponseParserError("no XML"), SOON, id="a-broken-answer"),
    pytest.param(
        boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), SOON, id="a-cut-answer"
    ),
    pytest.param(boto.SSLError(**ENDPOINT, error="EOF occurred"), SOON, id="tls-cut-off"),
    pytest.param(
        boto.SSLError(**ENDPOINT, error="CERTIFICATE_VERIFY_FAILED"), PERSON, id="a-wrong-ca"
    ),
    pytest.param(boto.NoCredentialsError(), PERSON, id="no-credentials"),
    pytest.param(boto.ParamValidationError(report="bad"), BUG, id="a-request-we-made-wrong"),
    pytest.param(ConnectionResetError("peer"), SOON, id="a-raw-reset"),
    pytest.param(TimeoutError(), SOON, id="a-raw-timeout"),
    pytest.param(aiohttp.ServerDisconnectedError(), SOON, id="kubernetes-hung-up"),
    pytest.param(aiohttp.ClientPayloadError("cut"), SOON, id="kubernetes-cut-off"),
    pytest.param(KeyError("update"), BUG, id="a-mistake"),
    pytest.param(FileNotFoundError("reports"), BUG, id="a-disk"),
    pytest.param(errors.Refused("no", PROBLEM), PERSON, id="refused"),
    pytest.param(errors.Refused("no", [UPDATING]), LATER, id="refused-for-what-passes"),
    pytest.param(errors.Refused("no", [UPDATING, *PROBLEM]), PERSON, id="refused-for-more"),
    pytest.param(errors.LockHeld("held"), PERSON, id="locked"),
    pytest.param(errors.UpdateFailed("IpNotAvailable"), PERSON, id="a-failed-update"),
    pytest.param(errors.Stuck("stuck"), PERSON, id="a-wait-that-ran-out"),
    pytest.param(errors.Unreachable("x"), SOON, id="unreachable"),
    pytest.param(errors.Busy("x"), LATER, id="busy"),
    pytest.param(errors.UnexpectedResponse("x"), BUG, id="surprise"),
]


@pytest.mark.parametrize(("error", "kind"), OTHERS)
def test_each_other_failure_has_its_class(error, kind):
    failure = classify(error)
    assert failure.kind is kind
    assert failure.message


def test_every_error_of_the_tree_has_a_class():
    tree = {each for each in vars(errors).values() if isinstance(each, type)}
    ours = {each for each in tree if issubclass(each, errors.UpgradeError)}
    assert set(CLASSES) == ours - {errors.UpgradeError}


KUBERNETES = [
    pytest.param(401, "", SOON, id="unknown-after-a-fresh-token"),
    pytest.param(403, "", PERSON, id="forbidden"),
    pytest.param(409, "patch nodes", SOON, id="written-by-others-each-time"),
    pytest.param(429, "", SOON, id="throttled"),
    pytest.param(503, "", SOON, id="unavailable"),
    pytest.param(500, "list nodes", SOON, id="500-of-a-read"),
    pytest.param(500, "patch nodes", BUG, id="500-of-a-write"),
    pytest.param(418, "", BUG, id="a-teapot"),
]


@pytest.mark.parametrize(("status", "what", "kind"), KUBERNETES)
def test_an_answer_of_kubernetes_has_the_same_class_raw_and_as_an_error(status, what, kind):
    answer = Answer(status, {"message": "in its words"})
    assert failure_class(answer, what) is kind
    assert classify(error_of(what, answer)).kind is kind


def test_credentials_are_known_to_be_the_cause():
    unknown = errors.Refused("no", PROBLEM, credentials=True)
    with pytest.raises(errors.Refused) as told, aws_errors_about("x"):
        raise answered("InvalidClientTokenId", 403)
    assert classify(unknown).credentials
    assert classify(told.value).credentials
    assert classify(error_of("list nodes", Answer(401))).credentials
    assert not classify(errors.Refused("no", PROBLEM)).credentials


def test_a_bug_is_told_with_where_it_came_from():
    def culprit():
        raise KeyError("update")

    with pytest.raises(KeyError) as raised:
        culprit()
    message = classify(raised.value).message
    assert "KeyError: 'update'" in message
    assert "in culprit" in message


def test_every_code_that_botocore_throttles_or_retries_is_retried_soon():
    named = {
        *standard.ThrottledRetryableChecker._THROTTLED_ERROR_CODES,
        *standard.TransientRetryableChecker._TRANSIENT_ERROR_CODES,
    }
    assert {code: row_of(code).kind for code in named} == dict.fromkeys(named, SOON)


@pytest.mark.parametrize("service", ["eks", "autoscaling"])
def test_every_error_that_a_service_model_names_for_our_calls_has_a_row(service):
    model = botocore.session.get_session().get_service_model(service)
    shapes = [model.shape_for(name) for name in model.shape_names]
    named = {
        (shape.metadata.get("error") or {}).get("code", shape.name)
        for shape in shapes
        if shape.metadata.get("exception")
    }
    # Answers to calls that are never made: instance refreshes are not started or rolled back.
    named -= {
        "InvalidNextToken",
        "IrreversibleInstanceRefresh",
    }
    assert named <= set(CODES)


def test_every_row_names_its_source_and_what_a_person_is_to_do_has_a_remedy():
    assert all(row.source for row in CODES.values())
    told = {
        code: classify(answered(code)).message for code, row in CODES.items() if row.kind is PERSON
    }
    assert not [code for code, message in told.items() if "Remedy: " not in message]


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        pytest.param(Failure(SOON, "x"), 99, id="soon"),
        pytest.param(Failure(LATER, "x"), 99, id="later"),
        pytest.param(Failure(LATER, "x", tries=4), 4, id="later-for-a-while"),
        pytest.param(Failure(PERSON, "x"), 1, id="a-person"),
        pytest.param(classify(KeyError("x")), 2, id="a-bug-once-more"),
        pytest.param(classify(errors.UnexpectedResponse("x")), 2, id="a-surprise-once-more"),
    ],
)
def test_a_failure_is_tried_as_often_as_its_class_is_worth(failure, tries):
    assert sum(worth_another_try(failure, tried) for tried in range(1, 99)) == tries - 1


def test_pauses_grow_to_the_longest_and_sustained_throttling_is_outlasted():
    soon = [pause_seconds(Failure(SOON, "x"), tried, 1.0) for tried in range(1, 11)]
    assert soon[:6] == [15.0, 30.0, 60.0, 120.0, 240.0, 300.0]
    assert max(soon) == 300.0
    shortest = sum(pause_seconds(Failure(SOON, "x"), tried, 0.0) for tried in range(1, 11))
    assert shortest > 15 * 60
    later = [pause_seconds(Failure(LATER, "x"), tried, 1.0) for tried in range(1, 5)]
    assert later == [120.0, 240.0, 480.0, 600.0]


def test_pauses_are_spread_between_half_and_all():
    spread = [pause_seconds(Failure(SOON, "x"), 1, each) for each in (0.0, 0.5, 1.0)]
    assert spread == [7.5, 11.25, 15.0]
