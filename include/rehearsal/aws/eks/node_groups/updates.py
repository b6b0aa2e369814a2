"""Updates of managed node groups: configuration, and the in-place version update."""

from collections.abc import Callable
from typing import Any

from include.rehearsal.aws import errors
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.node_groups.checks import template_version
from include.rehearsal.aws.eks.node_groups.creation import eks_image
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
    return _begin(region, request, _config_change)


def _begin(region: EksRegion, request: dict[str, Any], change_of: ChangeOf) -> dict[str, Any]:
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
    if not sizes["minSize"] <= sizes["desiredSize"] <= sizes["maxSize"]:
        raise errors.invalid_parameter(
            f"desired capacity {sizes['desiredSize']} must be between minimum size "
            f"{sizes['minSize']} and maximum size {sizes['maxSize']}",
            clusterName=state.name,
            nodegroupName=group.raw["nodegroupName"],
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


def _check_idle(state: ClusterState, group: GroupState) -> None:
    name = group.raw["nodegroupName"]
    # One sentence for all of it: error-update-nodegroup-version-not-active of tests/recordings.
    if state.running(group=name) or group.raw["status"] not in ("ACTIVE", "DEGRADED"):
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


def update_version(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateNodegroupVersion: EKS's template gets the new image, instances are replaced.

    Simplified: all instances are replaced together, each after its drain.

    Raises:
        AwsError: ResourceInUse, InvalidParameter, InvalidRequest.
    """
    return _begin(region, request, _version_change)


def _version_change(
    region: EksRegion, state: ClusterState, group: GroupState, request: dict[str, Any]
) -> Change:
    data, image, raw = _new_version(region, state, group, request)
    params = {"Version": state.version, "ReleaseVersion": image}
    if used := raw.get("launchTemplate"):
        params = {"LaunchTemplateName": used["name"], "LaunchTemplateVersion": used["version"]}
    group.raw["status"] = "UPDATING"
    _replace(region, group, data)

    def succeed() -> None:
        group.raw.update(
            raw, status="ACTIVE", version=state.version, releaseVersion=image, modifiedAt=now()
        )

    return Change(
        kind="VersionUpdate",
        params=params,
        seconds=world().timings.control_plane,
        succeed=succeed,
        fail=lambda _: group.raw.update(status="ACTIVE"),
        group=group.raw["nodegroupName"],
    )


def _new_version(
    region: EksRegion, state: ClusterState, group: GroupState, request: dict[str, Any]
) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """(launch template data to change, release version, description to change)."""
    if group.raw["amiType"] == "CUSTOM":
        version = template_version(region, request.get("launchTemplate"))
        if version is None or request.get("version") or request.get("releaseVersion"):
            raise errors.invalid_parameter(
                "A node group with a custom AMI is updated by a launch template version only",
                clusterName=state.name,
            )
        spec = {
            "id": version.template.id,
            "name": version.template.name,
            "version": str(version.number),
        }
        return dict(version.data), version.data.get("ImageId", ""), {"launchTemplate": spec}
    if request.get("version") not in (None, state.version):
        raise errors.invalid_parameter(
            f"Requested version {request['version']} must be equal to the cluster's version "
            f"{state.version}",
            clusterName=state.name,
        )
    image = eks_image(region, group.raw["amiType"], state.version)
    if image is None:
        raise errors.invalid_parameter(
            f"{group.raw['amiType']} has no image for Kubernetes {state.version}",
            clusterName=state.name,
        )
    return {"ImageId": image.id}, image.release, {}


def _replace(region: EksRegion, group: GroupState, data: dict[str, Any]) -> None:
    template = region.ec2.launch_templates[group.template_id]
    version = template.create_version({**template.latest_version().data, **data}, "")
    asg = region.asg(group)
    if asg is None:
        return
    asg.take_template_version(str(version.number))
    for member in asg.live():
        asg.begin_termination(member, "a node group version update")
    asg.reconcile()
