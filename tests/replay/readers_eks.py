"""EKS's answers, read by the product. Each reader yields (fact, as read, as recorded)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.validate import ParamValidator
from jsonschema.validators import validator_for

from include.eks_upgrade.addons.configuration import configuration_problem
from include.eks_upgrade.addons.states import ONLY_MADE_ANEW, only_made_anew
from include.eks_upgrade.addons.update import addon_outcome
from include.eks_upgrade.addons.versions import Platform, default_version, fitting
from include.eks_upgrade.aws.addons import read_addon, read_addon_versions
from include.eks_upgrade.aws.calls import all_pages
from include.eks_upgrade.aws.facts import ClusterFacts, health_text
from include.eks_upgrade.aws.node_groups import asg_name, read_node_group
from include.eks_upgrade.aws.reading import read_cluster, read_offered_versions
from include.eks_upgrade.aws.statuses import addon_in_motion, cluster_in_motion, group_in_motion
from include.eks_upgrade.aws.updates.outcome import update_outcome
from include.eks_upgrade.aws.updates.read import read_updates
from include.eks_upgrade.aws.updates.state import newest_in_progress, update_target
from include.eks_upgrade.common.outcome import Done, Failed, NotYet
from include.eks_upgrade.common.versions import Minor, read_minor
from include.eks_upgrade.nodes.launch_templates.user_data.bootstrap import Network
from include.eks_upgrade.nodes.launch_templates.version import image_id_in
from include.eks_upgrade.nodes.managed.deletion import deletion_outcome
from include.eks_upgrade.nodes.managed.fence import is_fencing
from include.eks_upgrade.nodes.managed.marks import unmarked
from include.eks_upgrade.nodes.managed.new_group.clone import create_request, snapshot
from include.eks_upgrade.nodes.managed.new_group.readiness import new_group_outcome
from include.eks_upgrade.nodes.managed.recovery.diagnosis import Evidence, diagnosis
from include.eks_upgrade.planning.preflight.rules.insight_text import (
    for_version,
    insight_status,
    insight_text,
)
from tests.replay.door import client_of
from tests.replay.recordings import Recording, operation_model

Fact = tuple[str, Any, Any]
Facts = Iterator[Fact]

STAYS = {"ACTIVE", "DEGRADED", "FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_FAILED"}
ENDS = {**dict.fromkeys(("Failed", "Cancelled"), Failed), "Successful": Done}


def relabelled(recording: Recording, operation: str, answer: dict[str, Any] | None = None) -> Any:
    """The same answer as that of the operation which the product reads it by."""
    return Recording(recording.name, operation, answer or recording.answer, recording.changed)


def has(text: str, part: str | None) -> bool:
    """Whether AWS's words are in ours, but for the full stop at their end."""
    return (part or "").rstrip(". ") in text


def issues(read: Any, told: dict[str, Any]) -> Facts:
    """Each health issue: code, words, and the ids of what it is about."""
    text = health_text(read)
    listed = (told.get("health") or {}).get("issues") or []
    yield "healthy", text == "", not listed
    for one in listed:
        yield f"code {one.get('code')}", has(text, one.get("code")), True
        yield f"words of {one.get('code')}", has(text, one.get("message")), True
        for name in one.get("resourceIds") or []:
            yield f"id {name}", name in text, not name.startswith("DUMMY_")


def cluster(recording: Recording) -> Facts:
    """DescribeCluster, and the cluster in what CreateCluster and DeleteCluster answer."""
    told = recording.answer["cluster"]
    eks = client_of("eks", relabelled(recording, "DescribeCluster"))
    read = read_cluster(eks, "any")
    facts = ClusterFacts(cluster=read)
    yield "its version", str(facts.present), told["version"]
    yield "Auto Mode", facts.auto_mode, bool((told.get("computeConfig") or {}).get("enabled"))
    yield "AWS is at work", cluster_in_motion(read), told["status"] not in {*STAYS, "DELETING"}
    yield from issues(read, told)
    if told.get("endpoint"):
        network = Network.of(read)
        services = told.get("kubernetesNetworkConfig") or {}
        yield "its address", network.endpoint, told["endpoint"]
        authority = told["certificateAuthority"]["data"]
        yield "its authority", network.certificate_authority, authority
        yield "IPv6", network.ipv6, services.get("ipFamily") == "ipv6"
        cidr = services.get("serviceIpv6Cidr") or services.get("serviceIpv4Cidr")
        yield "its services' addresses", network.service_cidr, cidr or "10.100.0.0/16"
    wanted = (told.get("resourcesVpcConfig") or {}).get("subnetIds") or []
    yield "its subnets", read.get("resourcesVpcConfig", {}).get("subnetIds") or [], wanted


def versions(recording: Recording) -> Facts:
    """DescribeClusterVersions."""
    offered, warnings = read_offered_versions(client_of("eks", recording))
    told = recording.answer["clusterVersions"]
    yield "warnings", warnings, ()
    names = [str(read_minor(one["clusterVersion"])) for one in offered or ()]
    yield "what is offered", names, [one["clusterVersion"] for one in told]


CLONED = ("nodeRole", "subnets", "scalingConfig", "instanceTypes", "diskSize", "remoteAccess",
          "amiType", "capacityType", "labels", "taints", "updateConfig", "nodeRepairConfig",
          "warmPoolConfig", "launchTemplate", "version", "releaseVersion")  # fmt: skip


def node_group(recording: Recording) -> Facts:
    """DescribeNodegroup, and the group that CreateNodegroup and DeleteNodegroup answer."""
    told = recording.answer["nodegroup"]
    eks = client_of("eks", relabelled(recording, "DescribeNodegroup"))
    read = read_node_group(eks, "any", "any")
    assert read is not None
    yield from issues(read, told)
    if not told.get("nodegroupName"):
        return
    yield from _state_of_group(read, told)
    asgs = (told.get("resources") or {}).get("autoScalingGroups") or []
    yield "its Auto Scaling group", asg_name(read), asgs[0]["name"] if asgs else None
    if told.get("version"):
        facts = ClusterFacts(cluster={"version": "1.30"}, node_groups={"it": read})
        yield "its version", str(facts.group_version("it")), told["version"]
    release = str(told.get("releaseVersion") or "")
    custom = told.get("amiType") == "CUSTOM" and release.startswith("ami-")
    yield "its own image", image_id_in(None, read), release if custom else None
    yield "without a mark of ours", unmarked(read), read
    yield from _clone(read, told, whole="partial" not in recording.changed)


def _state_of_group(read: Any, told: dict[str, Any]) -> Facts:
    status = told["status"]
    yield "AWS is at work", group_in_motion(read), status not in {*STAYS, "DELETING"}
    ready = new_group_outcome(read, [], wanted=1, to_version="1.30")
    ended = status in {"CREATE_FAILED", "DELETING", "DELETE_FAILED"}
    yield "never ready", isinstance(ready, Failed), ended
    gone = deletion_outcome(read, since=0, now=60, stall_minutes=25)
    yield "deletion is stuck", isinstance(gone, Done), status == "DELETE_FAILED"
    found = diagnosis(Evidence("any", told["nodegroupName"], read))
    listed = (told.get("health") or {}).get("issues") or []
    yield "diagnosed issues", len(found.of_kind("health")), len(listed)
    names = [n for one in listed for n in one.get("resourceIds") or [] if "DUMMY_" not in n]
    yield "what they are about", [n for it in found.guards for n in it.objects], names


def _clone(read: Any, told: dict[str, Any], *, whole: bool) -> Facts:
    kept = snapshot(read)
    for key in CLONED:
        if told.get(key) is not None:
            yield f"snapshot of {key}", kept.get(key), told[key]
    tags = {k: v for k, v in (told.get("tags") or {}).items() if not k.startswith("aws:")}
    yield "snapshot of tags", kept["tags"], tags
    if whole:
        made = create_request(kept, "new", template=None, desired=1, token="t" * 33)
        shape = operation_model("CreateNodegroup").input_shape
        report = ParamValidator().validate({"clusterName": "any", **made}, shape)
        yield "a request to make its like", report.generate_report(), ""


def update(recording: Recording) -> Facts:
    """DescribeUpdate, and every answer that is an update."""
    told = recording.answer["update"]
    eks = client_of("eks", relabelled(recording, "DescribeUpdate"))
    read: Any = eks.describe_update(name="any", updateId="any")["update"]
    outcome = update_outcome(read, "a thing")
    status = told["status"]
    yield "outcome", type(outcome), ENDS.get(status, NotYet)
    yield "its id", has(outcome.detail, told["id"]), True
    yield "in progress", newest_in_progress([read]) is not None, status not in ENDS
    params = {one["type"]: one["value"] for one in told.get("params") or []}
    yield "its target", update_target(read), params.get("Version", "")
    yield "our fence", is_fencing(read), "eks-upgrade/" in str(params)
    for error in told.get("errors") or []:
        code = error.get("errorCode")
        yield f"code {code}", has(outcome.detail, code), True
        yield f"words of {code}", has(outcome.detail, error.get("errorMessage")), True
        for name in error.get("resourceIds") or []:
            yield f"id {name}", name in outcome.detail, not name.startswith("DUMMY_")
    yield "doubled stops", ".." in outcome.detail.replace("...", ""), False


def update_ids(recording: Recording) -> Facts:
    """ListUpdates: each of them is described."""
    running = {"update": {"id": "u", "status": "InProgress", "type": "VersionUpdate"}}
    one = Recording("made for it", "DescribeUpdate", running)
    found = read_updates(client_of("eks", recording, one), "any")
    ids = dict.fromkeys(recording.answer["updateIds"])
    yield "updates that were read", len(found), min(len(ids), 40)


def addon(recording: Recording) -> Facts:
    """DescribeAddon, and the add-on that CreateAddon and DeleteAddon answer."""
    told = recording.answer["addon"]
    read = read_addon(client_of("eks", relabelled(recording, "DescribeAddon")), "any", "any")
    assert read is not None
    yield from issues(read, told)
    status = told.get("status")
    kind = Done if status == "ACTIVE" else NotYet
    if status in STAYS - {"ACTIVE", "DEGRADED"} or status == "DELETING":
        kind = Failed
    yield "outcome", type(addon_outcome(None, read)), kind
    yield "AWS is at work", addon_in_motion(read), status not in {*STAYS, "DELETING", None}
    yield "only made anew", only_made_anew("any", read) is not None, status in ONLY_MADE_ANEW
    for key in ("addonName", "addonVersion", "serviceAccountRoleArn", "configurationValues",
                "podIdentityAssociations", "namespaceConfig"):  # fmt: skip
        yield key, read.get(key), told.get(key)


def addon_versions(recording: Recording) -> Facts:
    """DescribeAddonVersions: what fits which cluster, and what EKS would install."""
    read = read_addon_versions(client_of("eks", recording), "any")
    told = [v for info in recording.answer["addons"] for v in info.get("addonVersions") or []]
    yield "versions", [one["addonVersion"] for one in read], [one["addonVersion"] for one in told]
    for entry in told:
        for there in entry.get("compatibilities") or []:
            for platform in there.get("platformVersions") or [""]:
                on = "" if platform == "*" else platform.rstrip("+")
                where = Platform(Minor.parse(there["clusterVersion"]), on)
                kinds = entry.get("computeTypes") or ["ec2"]
                found = entry["addonVersion"] in fitting(read, where)
                yield f"{entry['addonVersion']} on {where}", found, "ec2" in kinds
                if there.get("defaultVersion") and "ec2" in kinds:
                    yield f"default on {where}", default_version(read, where) is not None, True


def addon_configuration(recording: Recording) -> Facts:
    """DescribeAddonConfiguration: what a kept configuration is held against."""
    told = recording.answer.get("configurationSchema")
    eks = client_of("eks", recording)
    read = eks.describe_addon_configuration(addonName="any", addonVersion="any")
    yield "its schema", read.get("configurationSchema"), told
    for values in ({}, {"nobody-knows-this": 1}) if told else ():
        whole = json.loads(told)
        fits = not list(validator_for(whole)(whole).iter_errors(values))
        problem = configuration_problem("a", "v", json.dumps(values), read["configurationSchema"])
        yield f"{values} fits", problem is None, fits


def insights(recording: Recording) -> Facts:
    """ListInsights."""
    read: Any = all_pages(client_of("eks", recording), "list_insights", "insights",
                          clusterName="any")  # fmt: skip
    told = recording.answer["insights"]
    yield "how many", len(read), len(told)
    for one, as_told in zip(read, told, strict=True):
        yield from _insight(one, as_told)


def insight(recording: Recording) -> Facts:
    """DescribeInsight."""
    eks = client_of("eks", recording)
    read: Any = eks.describe_insight(clusterName="any", id="any")["insight"]
    yield from _insight(read, recording.answer["insight"])


def _insight(read: Any, told: dict[str, Any]) -> Facts:
    text, state = insight_text(read), told.get("insightStatus") or {}
    yield "status", insight_status(read), state.get("status", "UNKNOWN")
    yield "reason", has(text, state.get("reason")), True
    yield "recommendation", has(text, told.get("recommendation")), True
    yield "time of the look", _time(told.get("lastRefreshTime")) in text, True
    version = told.get("kubernetesVersion")
    if version:
        yield "about its version", for_version([read], Minor.parse(version)), (read,)
    for one in told.get("resources") or []:
        name = one.get("kubernetesResourceUri") or one.get("arn")
        yield f"resource {name}", "resources: " in text, True
    details = (told.get("categorySpecificSummary") or {}).get("deprecationDetails") or []
    count = "numberOfRequestsLast30Days"
    called = [one for one in details if any(c.get(count, 1) for c in one.get("clientStats") or ())]
    for one in details:
        shown = one in called or not called
        listed = one in (called or details)[:5]
        yield f"API {one['usage']}", one["usage"] in text, shown and listed


def _time(told: Any) -> str:
    if told is None:
        return ""
    text = isinstance(told, str)
    moment = datetime.fromisoformat(told) if text else datetime.fromtimestamp(told, UTC)
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def names(recording: Recording) -> Facts:
    """ListClusters, ListNodegroups, ListAddons."""
    operation = {"ListClusters": "list_clusters", "ListNodegroups": "list_nodegroups",
                 "ListAddons": "list_addons"}[recording.operation]  # fmt: skip
    key = operation.removeprefix("list_")
    more = {} if key == "clusters" else {"clusterName": "any"}
    read = all_pages(client_of("eks", recording), operation, key, **more)
    yield "names", read, recording.answer[key]
