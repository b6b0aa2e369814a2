import pytest
from botocore import exceptions as boto

from include.eks_upgrade.aws.errors import aws_errors_about
from include.eks_upgrade.common.errors import (
    Busy,
    Problem,
    Refused,
    UnexpectedResponse,
    Unreachable,
    UpgradeError,
)


def client_error(code, status=400):
    answer = {
        "Error": {"Code": code, "Message": "in AWS's words"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return boto.ClientError(answer, "DescribeCluster")


ENDPOINT = {"endpoint_url": "https://eks.mars-1.amazonaws.com"}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(client_error("AccessDeniedException", 403), Refused, id="not-allowed"),
        pytest.param(client_error("UnauthorizedOperation", 403), Refused, id="not-allowed-by-ec2"),
        pytest.param(client_error("ExpiredToken", 403), Unreachable, id="expired"),
        pytest.param(client_error("UnrecognizedClientException", 403), Refused, id="bad-key"),
        pytest.param(boto.NoCredentialsError(), Refused, id="no-credentials"),
        pytest.param(boto.ProfileNotFound(profile="prod"), Refused, id="no-profile"),
        pytest.param(boto.NoRegionError(), Refused, id="no-region"),
        pytest.param(client_error("ThrottlingException", 429), Unreachable, id="throttled"),
        pytest.param(client_error("RequestLimitExceeded", 503), Unreachable, id="ec2-throttled"),
        pytest.param(client_error("TooNewToBeKnown", 500), Unreachable, id="any-5xx"),
        pytest.param(client_error("TooNewToBeKnown", 429), Unreachable, id="any-429"),
        pytest.param(
            boto.EndpointConnectionError(**ENDPOINT, error="dns"), Unreachable, id="no-endpoint"
        ),
        pytest.param(boto.ReadTimeoutError(**ENDPOINT), Unreachable, id="timeout"),
        pytest.param(boto.ConnectionClosedError(**ENDPOINT), Unreachable, id="cut-off"),
        pytest.param(client_error("ResourceInUseException", 409), Busy, id="in-use"),
        pytest.param(client_error("BrandNewException", 409), Busy, id="any-409"),
        pytest.param(client_error("BrandNewException", 400), UnexpectedResponse, id="another-code"),
        pytest.param(client_error("InvalidColour", 400), Refused, id="any-invalid-value"),
        pytest.param(client_error("InvalidColour.Malformed", 400), Refused, id="any-malformed"),
        pytest.param(client_error("ColourNotFoundException", 404), Refused, id="any-not-found"),
        pytest.param(client_error("ColourLimitExceeded", 400), Refused, id="any-limit"),
        pytest.param(client_error("InvalidColour.InUse", 400), Busy, id="any-in-use"),
        pytest.param(client_error("accessDENIEDexception", 403), Refused, id="other-letters"),
        pytest.param(client_error("Server.Unavailable", 400), Unreachable, id="whose-fault"),
        pytest.param(
            boto.ParamValidationError(report="bad"), UnexpectedResponse, id="invalid-request"
        ),
        pytest.param(
            boto.UnknownServiceError(service_name="x", known_service_names="y"), UnexpectedResponse
        ),
    ],
)
def test_each_kind_of_aws_error_becomes_one_of_our_tree(error, expected):
    with pytest.raises(expected) as raised, aws_errors_about("cluster 'demo'"):
        raise error

    assert type(raised.value) is expected
    assert "cluster 'demo'" in str(raised.value)
    assert raised.value.__cause__ is error


def test_aws_own_code_and_words_are_always_told():
    with (
        pytest.raises(UnexpectedResponse, match="DescribeCluster with Odd: in AWS's words"),
        aws_errors_about("x"),
    ):
        raise client_error("Odd")


def test_an_error_of_our_own_tree_passes_unchanged():
    ours = Refused("no", [Problem("x", "y", "z")])

    with pytest.raises(Refused) as raised, aws_errors_about("x"):
        raise ours

    assert raised.value is ours


@pytest.mark.parametrize("message", ["No node group found for name: x.", "no stop", "", None])
@pytest.mark.parametrize("code", ["ResourceInUseException", "InvalidRequestException", "New"])
def test_what_aws_says_ends_with_one_full_stop(code, message):
    answer = {"Error": {"Code": code, "Message": message}}
    with pytest.raises(UpgradeError) as raised, aws_errors_about("node group x"):
        raise boto.ClientError(answer, "CreateNodegroup")
    assert ".." not in str(raised.value)
    assert (message or "").rstrip(".") in str(raised.value)
