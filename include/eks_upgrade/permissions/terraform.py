"""The policies and the access entry as Terraform. Pure.

A policy's JSON stands in `jsonencode`: every JSON value is an expression of HCL, but for the two
beginnings of templates in strings.
https://developer.hashicorp.com/terraform/language/expressions/strings
"""

import json
from collections.abc import Mapping
from typing import Any

from include.eks_upgrade.permissions.cloudformation import GROUP
from include.eks_upgrade.permissions.place import Place
from include.eks_upgrade.permissions.policies import OPTIONAL, Policy


def terraform(place: Place, policies: Mapping[str, Policy]) -> str:
    """A file that attaches the policies to the role, and lets it into the cluster.

    What only a parameter of the upgrade needs is attached if the variable of that name says so.
    """
    blocks = [_variable(power) for option, power in OPTIONAL.items() if option in policies]
    blocks += [_policy(place, name, policy) for name, policy in policies.items()]
    if place.access_entries:
        blocks.append(_access_entry(place))
    return "\n".join(blocks)


def _variable(power: str) -> str:
    return f"""variable "{power}" {{
  type        = bool
  default     = false
  description = "Whether upgrades may use {power}"
}}
"""


def _policy(place: Place, name: str, policy: Policy) -> str:
    power, label = OPTIONAL.get(name.rstrip("-0123456789")), f"eks_upgrade_{name.replace('-', '_')}"
    count = f"  count       = var.{power} ? 1 : 0\n" if power else ""
    count_too = f"  count      = var.{power} ? 1 : 0\n" if power else ""
    arn = f"aws_iam_policy.{label}{'[0]' if power else ''}.arn"
    return f"""resource "aws_iam_policy" "{label}" {{
{count}  name_prefix = "eks-upgrade-{name}-"
  description = {_text(f"eks-upgrade of {place.cluster}: {name}")}
  policy      = jsonencode({as_hcl(policy)})
}}

resource "aws_iam_role_policy_attachment" "{label}" {{
{count_too}  role       = {_text(place.role_name)}
  policy_arn = {arn}
}}
"""


def _access_entry(place: Place) -> str:
    return f"""resource "aws_eks_access_entry" "eks_upgrade" {{
  cluster_name      = {_text(place.cluster)}
  principal_arn     = {_text(place.role_arn)}
  kubernetes_groups = ["{GROUP}"]
  type              = "STANDARD"
}}
"""


def as_hcl(value: Mapping[str, Any]) -> str:
    """A JSON object as an expression of HCL, to stand one step inside a block."""
    return _escaped(json.dumps(value, indent=2)).replace("\n", "\n  ")


def _text(value: str) -> str:
    return _escaped(json.dumps(value))


def _escaped(text: str) -> str:
    return text.replace("${", "$${").replace("%{", "%%{")
