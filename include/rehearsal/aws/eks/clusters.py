"""Clusters: creation, description, version updates, deletion."""

from typing import Any

from moto.iam.models import iam_backends

from include.rehearsal import catalogue
from include.rehearsal.aws import errors
from include.rehearsal.aws.current_world import world
from include.rehearsal.aws.eks import rollback, version_checks
from include.rehearsal.aws.eks.cluster_description import description
from include.rehearsal.aws.eks.state import ClusterState, EksRegion, Flips, page
from include.rehearsal.aws.eks.updates import Change, begin_once
from include.rehearsal.aws.eks.versions import LATEST


def create(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """CreateCluster: checks role, subnets and version, then takes its time.

    Raises:
        AwsError: ResourceInUse, InvalidParameter.
    """
    name, version = request["name"], request.get("version") or LATEST
    if name in region.clusters or region.key(name) in world().clusters:
        raise errors.in_use(f"Cluster already exists with name: {name}", clusterName=name)
    if catalogue.version_entry(version) is None:
        raise errors.invalid_parameter("unsupported Kubernetes version", clusterName=name)
    check_role(region, request["roleArn"])
    subnets = check_subnets(region, request["resourcesVpcConfig"].get("subnetIds", []))
    group = _security_group(region, name, subnets[0].vpc_id)
    state = ClusterState(description(region, request, version, subnets, group))
    region.clusters[name] = state
    world().add_cluster(region.key(name), version)
    world().clock.later(world().timings.control_plane, lambda: state.raw.update(status="ACTIVE"))
    return {"cluster": state.raw}


def _security_group(region: EksRegion, cluster: str, vpc: str) -> str:
    """EKS makes one for each cluster; launch templates of its nodes may name it."""
    made = region.ec2.create_security_group(f"eks-cluster-sg-{cluster}", "by EKS", vpc_id=vpc)
    return str(made.id)


def check_role(region: EksRegion, arn: str) -> None:
    """Refuse a role that does not exist in IAM."""
    roles = iam_backends[region.account_id]["aws"].roles.values()
    if not any(role.arn == arn for role in roles):
        raise errors.invalid_parameter(
            f"Role with arn: {arn}, could not be assumed because it does not exist or the "
            "trusted entity is not correct"
        )


def check_subnets(region: EksRegion, ids: list[str]) -> list[Any]:
    """The subnets of these ids; refuse ids that do not exist."""
    by_zone = region.ec2.subnets
    known = {i: s for subnets in by_zone.values() for i, s in subnets.items()}
    missing = [i for i in ids if i not in known]
    if missing or not ids:
        raise errors.invalid_parameter(
            f"The subnet ID '{', '.join(missing) or 'none given'}' does not exist"
        )
    return [known[i] for i in ids]


def describe(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeCluster."""
    state = region.cluster(request["name"])
    return {"cluster": {**state.raw, "version": state.read_version()}}


def list_clusters(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """ListClusters."""
    return page(sorted(region.clusters), request, "clusters")


def delete(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """DeleteCluster: at once, when no node group is left."""
    state = region.cluster(request["name"])
    if state.groups:
        raise errors.in_use("Cluster has nodegroups attached", clusterName=state.name)
    region.clusters.pop(state.name)
    world().clusters.pop(state.key, None)
    return {"cluster": {**state.raw, "status": "DELETING"}}


def update_version(region: EksRegion, request: dict[str, Any]) -> dict[str, Any]:
    """UpdateClusterVersion: one minor up, or back where that is possible; one update at a time.

    Raises:
        AwsError: see `version_checks` and `rollback`.
    """
    state = region.cluster(request["name"])
    return begin_once(state, request, lambda: _version_change(region, state, request))


def _version_change(region: EksRegion, state: ClusterState, request: dict[str, Any]) -> Change:
    target = request["version"]
    version_checks.check_idle(state)
    if catalogue.minor(target) == catalogue.minor(state.version) - 1:
        return rollback.change(state, request)
    version_checks.check_step(state, target)
    version_checks.check_fargate(state, target)
    version_checks.check_addresses(region, state)
    version_checks.check_cluster_role(region, state)
    version_checks.check_insights(state, target, force=bool(request.get("force")))
    entry = catalogue.version_entry(target) or {}
    platform = str(entry.get("platform", "eks.1"))

    def succeed() -> None:
        state.flips = Flips(state.version, world().clock.now() + world().faults.flip_seconds)
        state.raw.update(version=target, platformVersion=platform, status="ACTIVE")
        state.hidden_work_until = world().clock.now() + world().faults.hidden_work_seconds
        kube = world().kube(state.key)
        if kube:
            kube.set_version(target)

    state.raw["status"] = "UPDATING"
    return Change(
        kind="VersionUpdate",
        params={"Version": target, "PlatformVersion": platform},
        seconds=world().timings.control_plane,
        succeed=succeed,
        fail=lambda _: state.raw.update(status="ACTIVE"),
    )
