import pytest
from eks_upgrade_airflow.ui.dag_values import LockMinutes


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param({"drain_timeout_minutes": 30}, 120, id="two hours at least"),
        pytest.param(
            {"drain_timeout_minutes": 600, "addon_minutes": 30}, 660, id="longer than any wait"
        ),
        pytest.param({"poll_seconds": 600}, 120, id="seconds are no wait"),
        pytest.param(
            {"approvals": [], "approval_minutes": 1440}, 120, id="an answer, where nobody is asked"
        ),
        pytest.param(
            {"approvals": ["fence"], "approval_minutes": 1440}, 1500, id="an answer that is awaited"
        ),
        pytest.param({"keep_old_group_minutes": 300}, 360, id="a bake"),
        pytest.param({"drain_timeout_minutes": None}, 180, id="an emptied field has its default"),
    ],
)
def test_the_lock_outlives_every_wait_that_the_parameters_allow(params, expected):
    assert LockMinutes().resolve({"params": params}) == expected
