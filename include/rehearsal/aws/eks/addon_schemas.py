"""The JSON schemas of add-ons' configurations, and the values that they refuse.

The shape is that of a published answer (coredns v1.8.7, awscli examples,
describe-addon-configuration.rst): draft 6, a `$ref` into `definitions`, and nothing additional.
`world.addon_schemas` replaces one, by add-on and version, for a version that takes less.
"""

from typing import Any

import jsonschema
import yaml

from include.rehearsal.aws import errors
from include.rehearsal.aws.current_world import world

TEXT, NUMBER, OBJECT = {"type": "string"}, {"type": "integer"}, {"type": "object"}
COMMON = {"affinity": OBJECT, "nodeSelector": OBJECT, "podAnnotations": OBJECT,
          "podLabels": OBJECT, "resources": {"$ref": "#/definitions/Resources"},
          "tolerations": {"type": "array"}}  # fmt: skip
OWN: dict[str, dict[str, Any]] = {
    "coredns": {"computeType": TEXT, "corefile": TEXT, "replicaCount": NUMBER,
                "podDisruptionBudget": OBJECT, "topologySpreadConstraints": {"type": "array"}},
    "vpc-cni": {"env": {"$ref": "#/definitions/Env"}, "enableNetworkPolicy": TEXT, "init": OBJECT,
                "eniConfig": OBJECT, "nodeAgent": OBJECT, "livenessProbeTimeoutSeconds": NUMBER},
    "kube-proxy": {"mode": TEXT, "ipvs": OBJECT},
}  # fmt: skip
ENV = ("AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "ENABLE_POD_ENI", "ENABLE_PREFIX_DELEGATION",
       "ENI_CONFIG_LABEL_DEF", "MINIMUM_IP_TARGET", "WARM_ENI_TARGET", "WARM_IP_TARGET",
       "WARM_PREFIX_TARGET")  # fmt: skip


def schema_of(addon: str, version: str) -> dict[str, Any]:
    """The schema of an add-on's version."""
    given = world().addon_schemas.get((addon, version))
    if given is not None:
        return given
    title = addon.title().replace("-", "")
    limits = {"$ref": "#/definitions/Limits"}
    return {
        "$ref": f"#/definitions/{title}",
        "$schema": "http://json-schema.org/draft-06/schema#",
        "definitions": {
            title: {"title": title, **_closed({**COMMON, **OWN.get(addon, {})})},
            "Env": _closed(dict.fromkeys(ENV, TEXT)),
            "Limits": _closed({"cpu": TEXT, "memory": TEXT}),
            "Resources": _closed({"limits": limits, "requests": limits}),
        },
    }


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def check_values(addon: str, version: str, values: str | None) -> None:
    """Refuse values that the version's schema does not take; JSON and YAML are taken.

    Raises:
        AwsError: InvalidParameter, in the words of aws/amazon-vpc-cni-k8s#2173.
    """
    if not values:
        return
    try:
        given = yaml.safe_load(values)  # JSON is YAML, too
    except yaml.YAMLError as error:
        raise _refused(addon, str(error)) from error
    validator = jsonschema.Draft6Validator(schema_of(addon, version))
    wrong = [told for error in validator.iter_errors(given) for told in _told(error)]
    if wrong:
        raise _refused(addon, f"Json schema validation failed with error: [{', '.join(wrong)}]")


def _told(error: Any) -> list[str]:
    if error.validator != "additionalProperties":
        return [f"{error.json_path}: {error.message}"]
    extra = sorted(set(error.instance) - set(error.schema.get("properties") or {}))
    return [
        f"{error.json_path}.{key}: is not defined in the schema and the schema does not allow "
        "additional properties"
        for key in extra
    ]


def _refused(addon: str, why: str) -> errors.AwsError:
    return errors.invalid_parameter(
        f"ConfigurationValue provided in request is not supported: {why}", addonName=addon
    )
