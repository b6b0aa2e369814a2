import pytest

from include.eks_upgrade.aws.updates.outcome import update_outcome
from include.eks_upgrade.common.outcome import Done, Failed, NotYet

ERRORS = [
    {"errorCode": "IpNotAvailable", "errorMessage": "no room", "resourceIds": ["subnet-a"]},
    {"errorCode": "AccessDenied", "errorMessage": "role gone"},
]


@pytest.mark.parametrize(
    ("status", "errors", "expected", "words"),
    [
        pytest.param("Successful", [], Done, "was successful", id="successful"),
        pytest.param("InProgress", [], NotYet, "is in progress", id="running"),
        pytest.param(
            "Failed",
            ERRORS,
            Failed,
            "IpNotAvailable: no room (subnet-a); AccessDenied: role gone",
            id="failed-with-aws-s-errors",
        ),
        pytest.param("Failed", [], Failed, "AWS gave no errors", id="failed-without-a-word"),
        pytest.param("Cancelled", [], Failed, "is Cancelled", id="cancelled"),
        pytest.param("Cancelling", [], NotYet, "status is Cancelling", id="being-cancelled"),
        pytest.param("Paused", [], NotYet, "its status is Paused", id="a-word-not-known"),
    ],
)
def test_an_update_is_judged_by_its_own_status(status, errors, expected, words):
    update = {"id": "u-1", "type": "VersionUpdate", "status": status, "errors": errors}

    outcome = update_outcome(update, "cluster 'demo'")

    assert type(outcome) is expected
    assert "u-1" in outcome.detail
    assert "cluster 'demo'" in outcome.detail
    assert words in outcome.detail
