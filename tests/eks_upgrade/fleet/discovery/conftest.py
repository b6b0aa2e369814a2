"""Clients of AWS are made by the hundred in these tests."""

from tests import aws_models

assert aws_models
