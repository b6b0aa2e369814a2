"""Instance metadata as launch templates have it."""

import pytest

from include.eks_upgrade.planning.preflight.nodes.launch_templates.instance_metadata import CHECK
from tests.eks_upgrade.planning.preflight.nodes.seeing import found, seen

JOINS = "#!/bin/bash\n/etc/eks/bootstrap.sh demo\n"


@pytest.mark.parametrize(
    ("options", "severity", "words"),
    [
        pytest.param({"HttpPutResponseHopLimit": 1}, "informs", "go 1 hop far", id="one hop"),
        pytest.param({"HttpEndpoint": "disabled", "HttpPutResponseHopLimit": 1}, "warns",
                     "it turns instance metadata off", id="off"),
    ],
)  # fmt: skip
def test_what_pods_and_nodes_will_miss_is_told(options, severity, words):
    ((weight, subject, what),) = found(
        CHECK, seen("1.35", JOINS, data={"MetadataOptions": options})
    )
    assert (weight, subject) == (severity, "launch template of node group workers")
    assert words in what


@pytest.mark.parametrize(
    "options",
    [
        None,
        {},
        {"HttpPutResponseHopLimit": 2},
        {"HttpTokens": "required"},
        {"HttpEndpoint": "enabled"},
    ],
)
def test_what_reaches_far_enough_is_silent(options):
    assert found(CHECK, seen("1.35", JOINS, data={"MetadataOptions": options})) == []
