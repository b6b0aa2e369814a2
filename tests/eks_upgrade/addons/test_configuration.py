import json

import pytest

from include.eks_upgrade.addons.configuration import configuration_problem, versions_to_check
from include.eks_upgrade.addons.plan import AddonStep

CLOSED = {
    "$schema": "http://json-schema.org/draft-06/schema#",
    "$ref": "#/definitions/Coredns",
    "definitions": {
        "Coredns": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"replicaCount": {"type": "integer"}},
        }
    },
}


def problem(values, schema=CLOSED):
    text = schema if isinstance(schema, str) else json.dumps(schema)
    return configuration_problem("coredns", "v2", values, text)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param('{"replicaCount": 3}', id="JSON"),
        pytest.param("replicaCount: 3\n", id="YAML"),
        pytest.param("{}", id="nothing in it"),
        pytest.param("", id="empty"),
        pytest.param("# only a comment\n", id="a comment"),
        pytest.param("{a: [", id="no YAML: EKS has it, so EKS judges it"),
    ],
)
def test_what_fits_or_cannot_be_read_is_no_problem(values):
    assert problem(values) is None


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param('{"replicas": 3}', "'replicas' was unexpected", id="an unknown key"),
        pytest.param("replicaCount: three\n", "$.replicaCount: 'three' is not of type", id="type"),
        pytest.param("- replicaCount\n", "is not of type 'object'", id="a list"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place_and_the_way_out(values, told):
    found = problem(values)

    assert told in found.what
    assert "v2" in found.what
    assert "describe-addon-configuration --addon-name coredns --addon-version v2" in found.remedy


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param("", id="empty"),
        pytest.param("no JSON", id="no JSON"),
        pytest.param("{}", id="takes everything"),
        pytest.param("true", id="takes everything, the short way"),
        pytest.param('{"type": 7}', id="no schema"),
        pytest.param('{"$ref": "https://example.invalid/schema.json"}', id="lies elsewhere"),
        pytest.param('{"$ref": "#/definitions/Missing"}', id="refers to nothing"),
    ],
)
def test_a_schema_that_says_nothing_here_refuses_nothing(schema):
    assert problem('{"replicas": 3}', schema) is None


def test_only_add_ons_with_a_configuration_are_checked_each_at_every_version_of_its_way():
    steps = tuple(
        AddonStep(name=name, current="v1", versions=("v2", "v3"), resolve_conflicts="PRESERVE")
        for name in ("coredns", "vpc-cni", "gone")
    )
    addons = {"coredns": {"configurationValues": "{}"}, "vpc-cni": {}}

    assert versions_to_check(steps, addons) == (("coredns", "v2"), ("coredns", "v3"))
