"""Which tool a node group or a cluster was made by, as far as its tags tell. Pure.

CloudFormation's own tags (`aws:`) cannot be written by anybody else, and eksctl, Crossplane, ACK
and Cluster API write theirs by themselves. Terraform and Pulumi write none: there is only the habit
of people to say so in a tag, in many spellings.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Tool(StrEnum):
    """A tool that keeps its own account of what it made; the value is its name for people."""

    TERRAFORM = "Terraform"
    EKSCTL = "eksctl"
    CLOUDFORMATION = "CloudFormation"
    CDK = "AWS CDK"
    PULUMI = "Pulumi"
    CROSSPLANE = "Crossplane"
    ACK = "ACK"
    CLUSTER_API = "Cluster API"


@dataclass(frozen=True)
class MadeBy:
    """A tool, and the tag that tells it (`ManagedBy=terraform`)."""

    tool: Tool
    tag: str


def made_by(tags: Mapping[str, object] | None) -> tuple[MadeBy, ...]:
    """The tools that a group's or a cluster's tags tell, each once with its first tag.

    eksctl and the CDK work by CloudFormation, whose tags are then theirs. Tags of eksctl on what
    belongs to no stack were copied, by this project for example, and tell nothing.
    """
    found: dict[Tool, MadeBy] = {}
    for key, value in sorted((tags or {}).items()):
        for tool in _tools(str(key), str(value)):
            found.setdefault(tool, MadeBy(tool, f"{key}={value}"))
    if Tool.CLOUDFORMATION not in found:
        found.pop(Tool.EKSCTL, None)
    elif found.keys() & {Tool.EKSCTL, Tool.CDK}:
        found.pop(Tool.CLOUDFORMATION)
    return tuple(found[tool] for tool in Tool if tool in found)


_WRITTEN_BY_THE_TOOL = (
    ("alpha.eksctl.io/", Tool.EKSCTL),
    ("eksctl.cluster.k8s.io/", Tool.EKSCTL),
    ("eksctl.io/", Tool.EKSCTL),
    ("aws:cloudformation:", Tool.CLOUDFORMATION),
    ("aws:cdk", Tool.CDK),
    ("aws-cdk", Tool.CDK),
    ("pulumi:", Tool.PULUMI),
    ("crossplane-", Tool.CROSSPLANE),
    ("crossplane.io/", Tool.CROSSPLANE),
    ("services.k8s.aws/", Tool.ACK),
    ("sigs.k8s.io/cluster-api-provider-aws/", Tool.CLUSTER_API),
    ("terraform:", Tool.TERRAFORM),
    ("yor_trace", Tool.TERRAFORM),
)
"""How keys begin that a tool, or a helper of it, writes."""

_WORDS = (
    (re.compile(r"terraform|terragrunt|opentofu|\btofu\b|atlantis|spacelift|^tf$"
                r"|\btf (module|workspace|state|stack|managed)\b"),
     Tool.TERRAFORM),
    (re.compile(r"eksctl"), Tool.EKSCTL),
    (re.compile(r"cloud ?formation|\bcfn\b"), Tool.CLOUDFORMATION),
    (re.compile(r"\bcdk\b|cloud development kit"), Tool.CDK),
    (re.compile(r"pulumi"), Tool.PULUMI),
    (re.compile(r"crossplane|upbound"), Tool.CROSSPLANE),
    (re.compile(r"\back\b|aws controllers k8s"), Tool.ACK),
    (re.compile(r"\bcapa\b|cluster ?api"), Tool.CLUSTER_API),
)  # fmt: skip
"""Words by which people name a tool in a tag of their own."""

_ABOUT_MAKING = re.compile(
    r"(?:.* )?(?:"
    r"(?:managed|created|provisioned|deployed|built|made|maintained|orchestrated|controlled)"
    r"(?: ?(?:by|with|using|via|in|tool))?|provisioner|iac|infrastructure ?as ?code|tool|tooling"
    r"|automation|creator|module|repo|repository|source|org)"
)
"""Keys whose value names a tool: `ManagedBy`, `managed-by`, `iac_tool`, `GithubRepo`."""

_NO = frozenset({"false", "no", "0", "none", "off", "n", "never"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _tools(key: str, value: str) -> Iterator[Tool]:
    for beginning, tool in _WRITTEN_BY_THE_TOOL:
        if key.lower().startswith(beginning):
            yield tool
    if key.lower().startswith("aws:"):
        return
    words, said = _as_words(key), _as_words(value)
    about_making = _ABOUT_MAKING.fullmatch(words)
    for pattern, tool in _WORDS:
        # The key alone names the tool (`terraform=true`), or it asks and the value answers.
        in_key = pattern.search(words) and said not in _NO
        if in_key or (about_making and pattern.search(said)):
            yield tool


def _as_words(text: str) -> str:
    """`ManagedBy`, `managed_by` and `managed-by` alike: lower case, one blank between words."""
    return re.sub(r"[^a-z0-9]+", " ", _CAMEL.sub(" ", text).lower()).strip()
