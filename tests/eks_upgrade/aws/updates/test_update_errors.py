"""Every error code of a failed update has its meaning and its remedy beside AWS's own words."""

import botocore.session
import pytest

from include.eks_upgrade.aws.updates.errors import MEANINGS
from include.eks_upgrade.aws.updates.outcome import update_outcome


def test_the_codes_are_exactly_those_of_the_model():
    model = botocore.session.get_session().get_service_model("eks")
    assert set(MEANINGS) == set(model.shape_for("ErrorCode").enum)
    assert all(each.source.startswith("https://") for each in MEANINGS.values())


@pytest.mark.parametrize("code", MEANINGS)
def test_a_failed_update_tells_aws_words_and_what_to_do(code):
    error = {"errorCode": code, "errorMessage": "AWS says so", "resourceIds": ["thing-1"]}
    update = {"id": "u-1", "type": "VersionUpdate", "status": "Failed", "errors": [error, error]}
    told = update_outcome(update, "cluster 'demo'").detail
    assert f"{code}: AWS says so (thing-1)" in told
    assert told.count(MEANINGS[code].remedy) == 1


def test_a_code_that_is_not_known_is_shown_as_it_came():
    error = {"errorCode": "BrandNew", "errorMessage": "hm"}
    update = {"id": "u-1", "type": "VersionUpdate", "status": "Failed", "errors": [error]}
    told = update_outcome(update, "cluster 'demo'").detail
    assert "BrandNew: hm" in told
    assert "means that" not in told


@pytest.mark.parametrize("message", ["User data was not in the MIME multipart format.", "", None])
def test_a_cause_without_a_code_is_not_contradicted_by_us(message):
    error = {"errorCode": "Unknown", "errorMessage": message, "resourceIds": None}
    update = {"id": "u-1", "type": "VersionUpdate", "status": "Failed", "errors": [error]}
    told = update_outcome(update, "node group x").detail
    assert "does not say why" not in told
    assert f"Unknown: {(message or 'no message').rstrip('.')}" in told
    assert "what its message says counts" in told
    assert ".." not in told
