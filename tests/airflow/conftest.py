"""Clients of AWS are made by the hundred in these tests; no test throttles another's account."""

from collections.abc import Iterator

import pytest
from eks_upgrade_airflow.triggers import throttle

from tests import aws_models, quick_hooks

assert aws_models
assert quick_hooks


@pytest.fixture(autouse=True)
def calm_accounts() -> Iterator[None]:
    """Whoever was throttled is not left alone by the next test."""
    yield
    throttle.forget()
