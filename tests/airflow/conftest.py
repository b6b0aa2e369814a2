"""Clients of AWS are made by the hundred in these tests."""

from tests import aws_models, quick_hooks

assert aws_models
assert quick_hooks
