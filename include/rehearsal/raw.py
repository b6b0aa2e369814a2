"""Objects of Kubernetes as they came: plain JSON, keys in the API's own spelling."""

from collections.abc import Mapping
from typing import Any

Raw = Mapping[str, Any]
"""To be read."""

RawDict = dict[str, Any]
"""The same where somebody builds or changes a dict."""
