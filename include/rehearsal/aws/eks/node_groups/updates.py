"""Updates of a managed node group's configuration: labels, taints, sizes."""

from collections.abc import Callable
from typing import Any

from include.rehearsal.aws import errors
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.node_groups.nodes import edit_node, kube_taints
from include.rehearsal.aws.eks.node_groups.resources import members
from include.rehearsal.aws.eks.state import ClusterState, EksRegion, GroupState, now
from include.rehearsal.aws.eks.updates import Change, as_json, begin_once

ChangeOf = Callable[[EksRegion, ClusterState, GroupState, dict[str, Any]], Change]


def update_config(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateNodegroupConfig: labels, taints, sizes; the nodes and the group follow.

    Raises:
        AwsError: ResourceNotFound, ResourceInUse, InvalidParameter.
    """
    return begin(region, request, _config_change)


def begin(region: EksRegion, request: dict[str, Any], change_of: ChangeOf) -> dict[str, Any]:
    """Start an update of a node group that is not busy with another one."""
    state = region.cluster(request["clusterName"])
    group = state.group(request["nodegroupName"])

    def make() -> Change:
        _check_idle(state, group)
        return change_of(region, state, group, request)

    return begin_once(state, request, make)


def _config_change(
    region: EksRegion, state: ClusterState, group: GroupState, request: dict[str, Any]
) -> Change:
    sizes = {**group.raw["scalingConfig"], **(request.get("scalingConfig") or {})}
    problem = _empty_part(request) or _size_problem(sizes)
    if problem:
        raise errors.invalid_parameter(
            problem, clusterName=state.name, nodegroupName=group.raw["nodegroupName"]
        )
    # A group stays DEGRADED until a scale-out succeeds, whatever is configured meanwhile:
    # https://github.com/aws/containers-roadmap/issues/2326
    before, group.raw["status"] = group.raw["status"], "UPDATING"
    return Change(
        kind="ConfigUpdate",
        params=_config_params(request),
        seconds=world().timings.config_update,
        succeed=lambda: _apply_config(region, group, request, sizes, before),
        fail=lambda _: group.raw.update(status=before),
        group=group.raw["nodegroupName"],
    )


def _empty_part(request: dict[str, Any]) -> str | None:
    """A part that is named and says nothing.

    https://github.com/crossplane-contrib/provider-aws/issues/975 (labels),
    https://github.com/rancher/rancher/issues/33302 (sizes); of taints it is inferred.
    """
    for word, field in (("Labels", "labels"), ("Taints", "taints")):
        named = request.get(field)
        if named is not None and not any(named.values()):
            return f"Both or either addOrUpdate{word} or remove{word} must not be empty"
    if request.get("scalingConfig") == {}:
        return "Either all or at least one of minSize, maxSize, desiredSize must be provided"
    return None


def _size_problem(sizes: dict[str, int]) -> str | None:
    """What single sizes do not fit to, among those that are stored.

    https://github.com/terraform-aws-modules/terraform-aws-eks/issues/3306 and 3521.
    """
    low, high, desired = sizes["minSize"], sizes["maxSize"], sizes["desiredSize"]
    if low > desired:
        return f"Minimum capacity {low} can't be greater than desired size {desired}"
    if desired > high:
        return f"desiredSize {desired} can't be greater than maxSize {high}"
    return None


def _check_idle(state: ClusterState, group: GroupState) -> None:
    name = group.raw["nodegroupName"]
    # One sentence for all of it: error-update-nodegroup-version-not-active of tests/recordings.
    taken = ("ACTIVE",) if world().faults.degraded_refuses else ("ACTIVE", "DEGRADED")
    if state.running(group=name) or group.raw["status"] not in taken:
        raise errors.in_use(
            "Nodegroup cannot be updated as it is currently not in Active State",
            clusterName=state.name,
            nodegroupName=name,
        )


def _config_params(request: dict[str, Any]) -> dict[str, str]:
    """Sizes as numbers, labels and taints as JSON.

    Source: tests/recordings/aws/update-nodegroup-config-labels-taints.json.
    """
    sizes = request.get("scalingConfig") or {}
    params = {key[0].upper() + key[1:]: str(value) for key, value in sizes.items()}
    for word, field in (("Labels", "labels"), ("Taints", "taints")):
        change = request.get(field) or {}
        if change.get(f"addOrUpdate{word}"):
            params[f"{word}ToAdd"] = as_json(change[f"addOrUpdate{word}"])
        if change.get(f"remove{word}"):
            params[f"{word}ToRemove"] = as_json(change[f"remove{word}"])
    return params


def _apply_config(
    region: EksRegion,
    group: GroupState,
    request: dict[str, Any],
    sizes: dict[str, int],
    status: str,
) -> None:
    labels, taints = request.get("labels") or {}, request.get("taints") or {}
    dropped = set(labels.get("removeLabels") or [])
    kept = {k: v for k, v in group.raw["labels"].items() if k not in dropped}
    group.raw["labels"] = {**kept, **(labels.get("addOrUpdateLabels") or {})}
    # A group without taints has no such field, not an empty one.
    old = group.raw.pop("taints", [])
    if wanted := _new_taints(old, taints):
        group.raw["taints"] = wanted
    if request.get("updateConfig"):
        strategy = {"updateStrategy": group.raw["updateConfig"]["updateStrategy"]}
        group.raw["updateConfig"] = {**strategy, **request["updateConfig"]}
    group.raw.update(status=status, modifiedAt=now(), scalingConfig=sizes)
    _reach_nodes(region, group, old, dropped)
    if request.get("scalingConfig"):
        _resize(region, group, sizes)


def _new_taints(old: list[dict[str, Any]], change: dict[str, Any]) -> list[dict[str, Any]]:
    gone = [*(change.get("removeTaints") or []), *(change.get("addOrUpdateTaints") or [])]
    keys = {(t["key"], t["effect"]) for t in gone}
    kept = [t for t in old if (t["key"], t["effect"]) not in keys]
    return [*kept, *(change.get("addOrUpdateTaints") or [])]


def _reach_nodes(
    region: EksRegion, group: GroupState, old_taints: list[dict[str, Any]], dropped: set[str]
) -> None:
    """The group's labels and taints, on its Kubernetes nodes; others' are left alone."""
    # What the group had before counts as its own too: a removed taint must go from the nodes.
    mine = {(t["key"], t["effect"]) for t in kube_taints(old_taints)}
    wanted = kube_taints(group.raw.get("taints", []))
    mine |= {(t["key"], t["effect"]) for t in wanted}

    def edit(node: dict[str, Any]) -> None:
        spec, labels = node.setdefault("spec", {}), node["metadata"].setdefault("labels", {})
        others = [t for t in spec.get("taints") or [] if (t["key"], t["effect"]) not in mine]
        spec["taints"] = [*others, *wanted]
        if not spec["taints"]:
            spec.pop("taints")
        for key in dropped:
            labels.pop(key, None)
        labels.update(group.raw["labels"])

    for member in members(region, group):
        ref = world().nodes.get(member.instance_id)
        if ref:
            edit_node(world().kube(ref.cluster), ref.node, edit)


def _resize(region: EksRegion, group: GroupState, sizes: dict[str, int]) -> None:
    asg = region.asg(group)
    if asg is None:
        return
    asg.min_size, asg.max_size = sizes["minSize"], sizes["maxSize"]
    asg.set_desired_capacity(sizes["desiredSize"])
