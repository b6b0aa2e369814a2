"""How AWS's lists and single things are asked for: all pages, and None for what is not there."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from include.eks_upgrade.aws.errors import error_code, error_message
from include.eks_upgrade.common.raw import RawDict

NOT_FOUND = "ResourceNotFoundException"

_NO_CLUSTER = "no cluster found"
"""EKS's words for a cluster that is gone, under the code ClientException (Terraform's provider,
`internal/service/eks/cluster.go`)."""


def is_not_found(error: ClientError) -> bool:
    """Whether EKS says that a thing does not exist, in one of the two ways that it has."""
    code = error_code(error)
    unnamed = code == "ClientException" and _NO_CLUSTER in error_message(error).lower()
    return code == NOT_FOUND or unnamed


def all_pages(client: Any, operation: str, key: str, **arguments: Any) -> list[Any]:
    """All items under `key` over all pages of an operation."""
    pages = client.get_paginator(operation).paginate(**arguments)
    return [item for page in pages for item in page.get(key, ())]


def found_or_none(call: Callable[[], Any]) -> RawDict | None:
    """The call's answer, None when AWS says that the thing does not exist."""
    try:
        answer: RawDict = call()
    except ClientError as error:
        if is_not_found(error):
            return None
        raise
    return answer
