"""Whether EKS's and EC2's quotas leave room for new groups beside the old ones. Pure.

What could not be asked is not judged, and stands in the plan's warnings.
"""

from collections.abc import Iterator, Mapping

from include.eks_upgrade.aws.capacity.quota_codes import (
    GROUPS_PER_CLUSTER,
    NODES_PER_GROUP,
    family_letters,
    quota_name,
    vcpu_quota,
)
from include.eks_upgrade.aws.capacity.surge import SurgeFacts
from include.eks_upgrade.aws.facts import ClusterFacts
from include.eks_upgrade.common.errors import Problem
from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.nodes.images.instance_types import instance_types
from include.eks_upgrade.nodes.launch_templates.capacity import is_capacity_block
from include.eks_upgrade.planning.preflight.rules.new_groups.surge import largest, listed

_REMEDY = "ask AWS for a higher quota (Service Quotas), or leave groups out of node_groups"


def quota_problems(
    needs: Mapping[str, int], facts: ClusterFacts, surge: SurgeFacts, *, at_once: int
) -> list[Problem]:
    """Every quota that the new groups would pass.

    Args:
        needs: nodes of each new group.
        facts: of the cluster.
        surge: of the groups.
        at_once: how many groups are replaced at the same time.
    """
    return [
        *_group_problems(needs, facts, surge, at_once),
        *_node_problems(needs, surge),
        *_vcpu_problems(needs, facts, surge, at_once),
    ]


def _group_problems(
    needs: Mapping[str, int], facts: ClusterFacts, surge: SurgeFacts, at_once: int
) -> Iterator[Problem]:
    limit, present = surge.quotas.get(GROUPS_PER_CLUSTER), len(facts.node_groups)
    more = min(len(needs), max(at_once, 1))
    if limit is not None and more and present + more > limit:
        what = f"{limit:.0f} are allowed, {present} are there and {more} are made beside them"
        yield Problem(f"quota of {quota_name(GROUPS_PER_CLUSTER)}", what, _REMEDY)


def _node_problems(needs: Mapping[str, int], surge: SurgeFacts) -> Iterator[Problem]:
    limit = surge.quotas.get(NODES_PER_GROUP)
    for name, nodes in needs.items():
        if limit is not None and nodes > limit:
            what = f"{limit:.0f} are allowed, and the replacement of {name} starts with {nodes}"
            remedy = "ask AWS for a higher quota (Service Quotas), or lower extra_nodes"
            yield Problem(f"quota of {quota_name(NODES_PER_GROUP)}", what, remedy)


def _vcpu_problems(
    needs: Mapping[str, int], facts: ClusterFacts, surge: SurgeFacts, at_once: int
) -> Iterator[Problem]:
    for code, smallest, _ in _vcpu_needs(needs, facts, surge, at_once):
        text = _passed(code, smallest, surge)
        if text:
            yield Problem(f"quota of {quota_name(code)}", text, _REMEDY)


def quota_warnings(
    needs: Mapping[str, int], facts: ClusterFacts, surge: SurgeFacts, *, at_once: int
) -> Iterator[str]:
    """Quotas that suffice for the smallest of a group's instance types and not for the largest."""
    for code, smallest, greatest in _vcpu_needs(needs, facts, surge, at_once):
        text = _passed(code, greatest, surge)
        if text and not _passed(code, smallest, surge):
            yield f"quota of {quota_name(code)}: {text}, if EC2 starts the largest of their types"
    for name in needs:
        spot = facts.node_groups[name].get("capacityType") == "SPOT"
        types = instance_types(facts.node_groups[name], surge.templates.get(name))
        unknown = [one for one in types if not _code(one, surge, spot=spot)]
        if unknown:
            yield (
                f"node group {name}: which quota {', '.join(unknown)} counts against is not known "
                "here, so it is not judged"
            )


Needs = tuple[str, Mapping[str, int], Mapping[str, int]]
"""A quota's code, and by group the vCPUs that it needs at least and at most."""


def _vcpu_needs(
    needs: Mapping[str, int], facts: ClusterFacts, surge: SurgeFacts, at_once: int
) -> Iterator[Needs]:
    least: dict[str, dict[str, int]] = {}
    most: dict[str, dict[str, int]] = {}
    for name, nodes in needs.items():
        for code, (small, great) in _per_node(name, facts, surge).items():
            least.setdefault(code, {})[name] = nodes * small
            most.setdefault(code, {})[name] = nodes * great
    for code, greatest in most.items():
        yield code, largest(least[code], at_once), largest(greatest, at_once)


def _per_node(name: str, facts: ClusterFacts, surge: SurgeFacts) -> dict[str, tuple[int, int]]:
    """By quota, the vCPUs of a group's smallest and largest instance type."""
    group, version = facts.node_groups[name], surge.templates.get(name)
    if is_capacity_block(group, version):  # bought in advance, outside of these quotas
        return {}
    spot = group.get("capacityType") == "SPOT"
    by_code: dict[str, list[int]] = {}
    types = instance_types(group, version)
    for one in types:
        code, vcpus = _code(one, surge, spot=spot), _vcpus(surge.instance_types.get(one))
        if code and vcpus:
            by_code.setdefault(code, []).append(vcpus)
    # Types of several quotas: the nodes may all count against another one.
    several = len(by_code) > 1
    return {code: (0 if several else min(many), max(many)) for code, many in by_code.items()}


def _code(instance_type: str, surge: SurgeFacts, *, spot: bool) -> str:
    """The quota that a type counts against, known or found by its name; '' where neither is."""
    known = vcpu_quota(instance_type, spot=spot)
    return known or surge.named_quotas.get((family_letters(instance_type), spot), "")


def _vcpus(raw: Raw | None) -> int:
    return int(((raw or {}).get("VCpuInfo") or {}).get("DefaultVCpus") or 0)


def _passed(code: str, groups: Mapping[str, int], surge: SurgeFacts) -> str:
    """What is wrong when these groups are added to what runs; '' when it fits or is not known."""
    limit, used = surge.quotas.get(code), _in_use(code, surge)
    need = sum(groups.values())
    if limit is None or used is None or used + need <= limit:
        return ""
    return (
        f"{limit:.0f} are allowed, {used} are in use and new groups beside the old ones need "
        f"{need} more ({listed(groups)})"
    )


def _in_use(code: str, surge: SurgeFacts) -> int | None:
    if surge.instances is None:
        return None
    return sum(
        _running_vcpus(one, surge)
        for one in surge.instances
        if (one.get("Placement") or {}).get("Tenancy") != "host"
        and one.get("InstanceLifecycle") in {None, "", "spot"}
        and _code(str(one.get("InstanceType")), surge, spot=one.get("InstanceLifecycle") == "spot")
        == code
    )


def _running_vcpus(instance: Raw, surge: SurgeFacts) -> int:
    cpu = instance.get("CpuOptions") or {}
    counted = int(cpu.get("CoreCount") or 0) * int(cpu.get("ThreadsPerCore") or 1)
    return counted or _vcpus(surge.instance_types.get(str(instance.get("InstanceType"))))
