"""How the API server writes JSON."""

import json
from typing import Any, Final

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def encode(value: Any) -> bytes:
    """JSON as the API server writes it: compact, UTF-8."""
    return _ENCODER.encode(value).encode()
