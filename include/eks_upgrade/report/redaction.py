"""Take out of a record whatever could be a credential, before anything is shown.

Nothing upstream should put one there; a report is mailed around, so it is looked for again.
"""

import re
from typing import Any

_PATTERNS = (
    # An EKS bearer token: the prefix, then base64url of a presigned STS address.
    re.compile(r"k8s-aws-v1\.[A-Za-z0-9_=-]*"),
    re.compile(r"(?i)(?<=bearer )[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(?i)(?<=x-amz-signature=)[^&\s\"']+"),
    re.compile(r"(?i)(?<=x-amz-security-token=)[^&\s\"']+"),
    re.compile(r"(?i)(?<=x-amz-credential=)[^&\s\"']+"),
    re.compile(r"(?i)(?<=secret_access_key=)[^&\s\"']+"),
)
_SECRET_KEY = re.compile(r"(?i)token|secret|password|authorization")
MASK = "[hidden]"


def hide(text: str) -> str:
    """The text with tokens and signatures replaced by a mask."""
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return text


def without_secrets(value: Any) -> Any:
    """A copy of plain JSON in which no string holds a token and no key of that name a value."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {
            key: MASK if _SECRET_KEY.search(str(key)) and item else without_secrets(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    return value
