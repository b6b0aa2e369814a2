"""Answers of AWS and Kubernetes as they came: plain JSON, keys in the service's own spelling."""

from collections.abc import Mapping
from typing import Any

Raw = Mapping[str, Any]
"""To be read. (boto3's stubs use TypedDicts, which are not assignable across calls.)"""

RawDict = dict[str, Any]
"""The same where somebody builds or hands on a dict."""
