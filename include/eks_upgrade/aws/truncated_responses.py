"""A body that is no JSON, or a web page, is no answer, even if it came with status 200.

botocore reads such a body (cut off by a proxy, or a proxy's own page) as an answer without
members: a list of node groups or subnets would be empty, and a KeyError would be all that is seen.
This raises what a broken XML answer raises anyway.
"""

import json
from typing import Any, TypeVar

from botocore.parsers import ResponseParserError

from include.eks_upgrade.common.foreign_page import is_page, page_in_words

Client = TypeVar("Client")

MAX_SHOWN_CHARACTERS = 80
"""Of a body that is not JSON."""


class PageInstead(ResponseParserError):
    """Somebody on the way answered with a web page; `status` is the page's HTTP status."""

    def __init__(self, operation: str, status: int, page: str) -> None:
        self.operation, self.status, self.page = operation, status, page
        super().__init__(f"{operation} was answered with HTTP {status} and {page_in_words(page)}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way between processes."""
        return type(self), (self.operation, self.status, self.page)


def refuse_truncated_responses(client: Client) -> Client:
    """Make a client (boto3's or aiobotocore's) refuse broken JSON; returns the client."""
    events: Any = client.meta.events  # type: ignore[attr-defined] # every botocore client has it
    service = events and client.meta.service_model.service_id.hyphenize()  # type: ignore[attr-defined]
    events.register(f"before-parse.{service}.*", refuse_broken_json, unique_id="eks-upgrade-whole")
    return client


def refuse_broken_json(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    """For botocore's event `before-parse`.

    Raises:
        PageInstead: a web page, unless botocore asks again because of its status.
        ResponseParserError: a success of a JSON protocol whose body is not JSON.
    """
    body, status = response_dict.get("body"), int(response_dict.get("status_code", 0))
    if isinstance(body, bytes) and status < 500 and is_page(body):
        raise PageInstead(operation_model.name, status, body.decode(errors="replace"))
    speaks_json = "json" in operation_model.service_model.resolved_protocol
    if not speaks_json or not isinstance(body, bytes) or not body:
        return
    if status >= 300:  # an error's words are shown whatever they are
        return
    try:
        json.loads(body)
    except ValueError as error:
        shown = body[:MAX_SHOWN_CHARACTERS].decode(errors="replace")
        raise ResponseParserError(
            f"{operation_model.name} was answered with {len(body)} bytes that are no JSON,"
            f" beginning {shown!r}"
        ) from error
