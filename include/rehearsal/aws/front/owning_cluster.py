"""Which cluster an AWS call is about, as far as its parameters show; by its key."""

from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends

from include.rehearsal.aws.current_world import world
from include.rehearsal.places import Place

OWNED = "kubernetes.io/cluster/"


def cluster_of(service: str, place: Place, params: dict[str, Any]) -> str:
    """The key of the cluster, or empty.

    EKS names it, or has it in an ARN, as ARC does; an Auto Scaling group and an instance carry it
    in their tags (`eks:cluster-name`, `kubernetes.io/cluster/<name>`); a launch template belongs to
    the cluster whose node group uses it.
    """
    if service == "arc-zonal-shift":
        return world().key(place, _in_arn({"resourceArn": params.get("resourceIdentifier")}))
    if service == "eks":
        name = str(params.get("clusterName") or params.get("name") or _in_arn(params))
        return world().key(place, name)
    if service not in ("autoscaling", "ec2"):
        return ""
    with world().clock.lock:
        return (
            _of_groups(place, params) or _of_instances(place, params) or _of_template(place, params)
        )


def _in_arn(params: dict[str, Any]) -> str:
    # arn:aws:eks:region:account:cluster/NAME, :nodegroup/NAME/group/id and so on
    path = str(params.get("resourceArn", "")).rpartition(":")[2].split("/")
    return path[1] if len(path) > 1 else ""


def _of_groups(place: Place, params: dict[str, Any]) -> str:
    # CreateOrUpdateTags and DeleteTags name their groups inside the tags.
    tagged = [tag.get("ResourceId") for tag in params.get("Tags") or [] if isinstance(tag, dict)]
    names = [
        params.get("AutoScalingGroupName"),
        *(params.get("AutoScalingGroupNames") or []),
        *tagged,
    ]
    return next((found for name in names if name and (found := _of_group(place, name))), "")


def _of_group(place: Place, name: str) -> str:
    # Kept for good: requests about a group go on after it is deleted, and its tags are gone then.
    known = world().asg_clusters
    if name not in known:
        groups = _backend(autoscaling_backends, place, "autoscaling_groups")
        tags = groups[name].tags if name in groups else []
        tagged = _in_tags({tag["Key"]: tag.get("Value", "") for tag in tags})
        found = world().key(place, tagged)
        if not found:
            return ""
        known[name] = found
    return known[name]


def _of_instances(place: Place, params: dict[str, Any]) -> str:
    ids = [params.get("InstanceId"), *(params.get("InstanceIds") or [])]
    tags = _backend(ec2_backends, place, "tags")
    for instance_id in filter(None, ids):
        ref = world().nodes.get(instance_id)
        tagged = _in_tags(tags.get(instance_id) or {})
        found = ref.cluster if ref else world().key(place, tagged)
        if found:
            return found
    return ""


def _of_template(place: Place, params: dict[str, Any]) -> str:
    wanted = {params.get("LaunchTemplateId"), params.get("LaunchTemplateName")} - {None}
    if not wanted:
        return ""
    for state in _backend(eks_backends, place, "clusters").values():
        for group in state.groups.values():
            template = group.raw.get("launchTemplate") or {}
            if wanted & {template.get("id"), template.get("name")}:
                return str(state.key)
    return ""


def _backend(backends: Any, place: Place, attribute: str) -> Any:
    """That attribute of the place's backend; nothing is made that is not there yet."""
    return getattr(backends.get(place.account, {}).get(place.region), attribute, {})


def _in_tags(tags: dict[str, str]) -> str:
    if tags.get("eks:cluster-name"):
        return tags["eks:cluster-name"]
    owned = [key.removeprefix(OWNED) for key in tags if key.startswith(OWNED)]
    return owned[0] if owned else ""
