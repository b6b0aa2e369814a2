"""What docs/permissions.md shows to be copied: its blocks, so that tests use the very same text."""

import json
import re
from typing import Any

from tests.permissions.files import ROOT

ACCOUNT_IN_DOCS = "111122223333"
TEXT = (ROOT / "docs" / "permissions.md").read_text("utf-8")


def json_block(word: str) -> dict[str, Any]:
    """The one JSON block of the document in which a word stands."""
    (found,) = [
        block for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL) if word in block
    ]
    read: dict[str, Any] = json.loads(found)
    return read


def airflow_connection() -> dict[str, Any]:
    """The connection of an account, as AIRFLOW_CONN_… or a secrets backend would hold it."""
    return json_block("conn_type")


def trust_policy() -> dict[str, Any]:
    """The trust policy of the role that the connection assumes."""
    return json_block("sts:AssumeRole")
