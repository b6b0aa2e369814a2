from datetime import UTC, datetime, timedelta, timezone

import pytest

from include.eks_upgrade.common.time.moments import moment_of, moment_text

SUMMER = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("told", "text"),
    [
        pytest.param("2025-09-19T07:04:04+02:00", "2025-09-19 05:04 UTC", id="text of the CLI"),
        pytest.param("2027-09-24T00:36:36.000Z", "2027-09-24 00:36 UTC", id="text of EC2"),
        pytest.param("2026-05-14", "2026-05-14 00:00 UTC", id="a day"),
        pytest.param(datetime(2025, 9, 19, 7, 4, tzinfo=SUMMER), "2025-09-19 05:04 UTC",
                     id="botocore's"),
        pytest.param(datetime(2025, 9, 19, 7, 4), "2025-09-19 07:04 UTC", id="no zone"),
        pytest.param(1700157422.0, "2023-11-16 17:57 UTC", id="seconds"),
        pytest.param(1700157422, "2023-11-16 17:57 UTC", id="whole seconds"),
    ],
)  # fmt: skip
def test_a_moment_is_read_in_every_form_that_aws_gives_it(told, text):
    assert moment_text(told) == text
    assert moment_of(told).tzinfo is UTC


@pytest.mark.parametrize("told", [None, "", "soon", "2020-09-24T13:31:456.000Z", [], 1e30])
def test_what_is_no_moment_is_none(told):
    assert moment_of(told) is None
    assert moment_text(told) == ""
