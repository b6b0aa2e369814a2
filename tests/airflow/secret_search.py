"""Looking for what must be nowhere: tokens, keys, signatures, user data."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

SHAPES = {
    # A bearer token of EKS is this prefix and a presigned URL in base64.
    "bearer token": re.compile(rb"k8s-aws-v1\.[A-Za-z0-9_-]{16,}"),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    "access key": re.compile(rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "secret key": re.compile(rb"(?i)(?:aws_)?secret_?access_?key\W{1,6}(?!\*)[A-Za-z0-9/+=]{16,}"),
    "session token": re.compile(rb"(?i)session_?token\W{1,6}(?!\*)[A-Za-z0-9/+=]{16,}"),
    "signature": re.compile(rb"(?i)X-Amz-(?:Signature|Security-Token)(?:=|%3D)\w+"),
}


def secrets_in(content: bytes, known: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """What was found, by what it is; never the secret itself.

    Args:
        content: anything.
        known: values that may not be in it, by what they are.
    """
    yield from (what for what, shape in SHAPES.items() if shape.search(content))
    yield from (
        what for what, values in known.items() if any(each.encode() in content for each in values)
    )


def secrets_below(folder: Path, known: Mapping[str, Iterable[str]]) -> list[str]:
    """`path: what` for each file of a folder, whatever it is, in which something was found."""
    return [
        f"{path.relative_to(folder)}: {what}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for what in secrets_in(path.read_bytes(), known)
    ]
