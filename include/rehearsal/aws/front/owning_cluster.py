"""Which cluster an AWS call is about, as far as its parameters show."""

from collections.abc import Iterator
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends

from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks.state import ClusterState

OWNED = "kubernetes.io/cluster/"


def cluster_of(service: str, region: str, params: dict[str, Any]) -> str:
    """The name of the cluster, or empty.

    EKS names it, or has it in an ARN; an Auto Scaling group and an instance carry it in their
    tags (`eks:cluster-name`, `kubernetes.io/cluster/<name>`); a launch template belongs to the
    cluster whose node group uses it.
    """
    if service == "eks":
        return str(params.get("clusterName") or params.get("name") or _in_arn(params))
    if service not in ("autoscaling", "ec2"):
        return ""
    with world().clock.lock:
        return _of_groups(region, params) or _of_instances(region, params) or _of_template(params)


def _in_arn(params: dict[str, Any]) -> str:
    # arn:aws:eks:region:account:cluster/NAME, :nodegroup/NAME/group/id and so on
    path = str(params.get("resourceArn", "")).rpartition(":")[2].split("/")
    return path[1] if len(path) > 1 else ""


def _of_groups(region: str, params: dict[str, Any]) -> str:
    # CreateOrUpdateTags and DeleteTags name their groups inside the tags.
    tagged = [tag.get("ResourceId") for tag in params.get("Tags") or [] if isinstance(tag, dict)]
    names = [
        params.get("AutoScalingGroupName"),
        *(params.get("AutoScalingGroupNames") or []),
        *tagged,
    ]
    return next((found for name in names if name and (found := _of_group(region, name))), "")


def _of_group(region: str, name: str) -> str:
    # Kept for good: requests about a group go on after it is deleted, and its tags are gone then.
    known = world().asg_clusters
    if name not in known:
        groups = _backend(autoscaling_backends, region, "autoscaling_groups")
        tags = groups[name].tags if name in groups else []
        found = _in_tags({tag["Key"]: tag.get("Value", "") for tag in tags})
        if not found:
            return ""
        known[name] = found
    return known[name]


def _of_instances(region: str, params: dict[str, Any]) -> str:
    ids = [params.get("InstanceId"), *(params.get("InstanceIds") or [])]
    tags = _backend(ec2_backends, region, "tags")
    for instance_id in filter(None, ids):
        ref = world().nodes.get(instance_id)
        found = ref.cluster if ref else _in_tags(tags.get(instance_id) or {})
        if found:
            return found
    return ""


def _of_template(params: dict[str, Any]) -> str:
    wanted = {params.get("LaunchTemplateId"), params.get("LaunchTemplateName")} - {None}
    if not wanted:
        return ""
    for state in _states():
        for group in state.groups.values():
            template = group.raw.get("launchTemplate") or {}
            if wanted & {template.get("id"), template.get("name")}:
                return state.name
    return ""


def _states() -> Iterator[ClusterState]:
    for regions in eks_backends.values():
        for region in regions.values():
            yield from region.clusters.values()


def _backend(backends: Any, region: str, attribute: str) -> Any:
    """That attribute of the first account's backend of a region that has anything in it."""
    for account in backends.values():
        found = getattr(account.get(region), attribute, None)
        if found:
            return found
    return {}


def _in_tags(tags: dict[str, str]) -> str:
    if tags.get("eks:cluster-name"):
        return tags["eks:cluster-name"]
    owned = [key.removeprefix(OWNED) for key in tags if key.startswith(OWNED)]
    return owned[0] if owned else ""
