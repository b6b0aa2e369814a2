"""A body that is no JSON is no answer, even if it came with status 200.

botocore reads such a body (cut off by a proxy, or a proxy's own page) as an answer without
members: a list of node groups would be empty, and a KeyError would be all that is seen. This
raises what a broken XML answer raises anyway.
"""

import json
from typing import Any, TypeVar

from botocore.parsers import ResponseParserError

Client = TypeVar("Client")

MAX_SHOWN_CHARACTERS = 80
"""Of a body that is not JSON."""


def refuse_truncated_responses(client: Client) -> Client:
    """Make a client (boto3's or aiobotocore's) refuse broken JSON; returns the client."""
    events: Any = client.meta.events  # type: ignore[attr-defined] # every botocore client has it
    service = events and client.meta.service_model.service_id.hyphenize()  # type: ignore[attr-defined]
    events.register(f"before-parse.{service}.*", refuse_broken_json, unique_id="eks-upgrade-whole")
    return client


def refuse_broken_json(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    """For botocore's event `before-parse`.

    Raises:
        ResponseParserError: a success of a JSON protocol whose body is not JSON.
    """
    body = response_dict.get("body")
    speaks_json = "json" in operation_model.service_model.resolved_protocol
    if not speaks_json or not isinstance(body, bytes) or not body:
        return
    if response_dict.get("status_code", 0) >= 300:  # an error's words are shown whatever they are
        return
    try:
        json.loads(body)
    except ValueError as error:
        shown = body[:MAX_SHOWN_CHARACTERS].decode(errors="replace")
        raise ResponseParserError(
            f"{operation_model.name} was answered with {len(body)} bytes that are no JSON,"
            f" beginning {shown!r}"
        ) from error
