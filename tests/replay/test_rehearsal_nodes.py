"""A node of the rehearsal has the fields and the labels of a published one of a managed group."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.rehearsal.scenario import PlainOptions
from tests.rehearsal.aws.aws_lab import lab
from tests.replay.recordings import RECORDINGS

NODES = [
    one
    for one in RECORDINGS
    if one.answer.get("kind") == "Node"
    and "eks.amazonaws.com/nodegroup" in (one.answer["metadata"].get("labels") or {})
]
NEVER_SHOWN = {
    "metadata.labels.alpha.eksctl.io/": "its groups are not made by eksctl",
    "status.capacity.hugepages-": "pages of other sizes than its machines have",
    "status.allocatable.hugepages-": "pages of other sizes than its machines have",
    "status.images": "images that a node has are not simulated",
}


@pytest.fixture(scope="module")
def paths() -> Iterator[dict[str, type]]:
    with lab(PlainOptions(addons={}, template_family="al2")) as aws:
        yield dict(_walk(aws.nodes()[0]))


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, type]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, f"{path}[]")
    else:
        yield path, type(value)


@pytest.mark.parametrize("recording", NODES, ids=lambda one: one.name)
def test_a_published_node_has_nothing_that_the_rehearsals_never_show(
    recording: Any, paths: dict[str, type]
) -> None:
    real = dict(_walk(recording.answer))
    missing = [p for p in real if p not in paths and not p.startswith(tuple(NEVER_SHOWN))]
    assert not missing, "\n".join(missing)
    assert {p: kind for p, kind in paths.items() if real.get(p, kind) is not kind} == {}
