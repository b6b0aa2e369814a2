"""What has no room for one more: autoscalers, quotas, volumes; and kube-proxy's age."""

from typing import Any

import pytest

from include.eks_upgrade.kube.pod_facts.volumes import Volume
from include.eks_upgrade.kube.readings.attachments import (
    ATTACHMENTS,
    VOLUME_LIMITS,
    Attachment,
    VolumeLimit,
)
from include.eks_upgrade.kube.readings.autoscalers import AUTOSCALERS, Autoscaler
from include.eks_upgrade.kube.readings.cron_jobs import CRON_JOBS, CronJob
from include.eks_upgrade.kube.readings.kube_proxy import KUBE_PROXY, KubeProxy
from include.eks_upgrade.kube.readings.quotas import QUOTAS, Quota
from include.eks_upgrade.planning.preflight.check import Severity
from include.eks_upgrade.planning.preflight.kubernetes import (
    autoscalers,
    budgets_with_cron_jobs,
    volume_attachments,
)
from include.eks_upgrade.planning.preflight.kubernetes.api import kube_proxy
from include.eks_upgrade.planning.preflight.kubernetes.new_nodes import quotas, volumes
from tests.eks_upgrade.planning.preflight.kubernetes.seeing import (
    DENIED,
    findings,
    outcome,
    seen,
    severities,
)
from tests.eks_upgrade.planning.survey.small_cluster import (
    ZONE,
    budget,
    daemonset,
    mounting,
    pod,
    scale,
)

WEB = pod("web-1")

# --- autoscalers ----------------------------------------------------------------------------------


def autoscaler(current: int = 5, *, metric: Any = None, limited: str = "", of: str = "web"):
    want, have = metric or ({}, {})
    reason = [{"type": "ScalingLimited", "status": "True", "reason": limited}] if limited else []
    return Autoscaler.from_raw(
        {
            "metadata": {"namespace": "shop", "name": "web"},
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": of},
                "maxReplicas": 5,
                "metrics": [want] if want else [],
            },
            "status": {
                "currentReplicas": current,
                "conditions": reason,
                "currentMetrics": [have] if have else [],
            },
        }
    )


def cpu(now: int, target: int = 80):
    return (
        {
            "type": "Resource",
            "resource": {"name": "cpu", "target": {"averageUtilization": target}},
        },
        {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": now}}},
    )


def queue(now: str):
    name = {"metric": {"name": "queue_length"}}
    return (
        {"type": "External", "external": {**name, "target": {"averageValue": "30"}}},
        {"type": "External", "external": {**name, "current": {"averageValue": now}}},
    )


def scaled(one: Autoscaler):
    return findings(autoscalers.CHECK, seen(WEB, readings={AUTOSCALERS: (one,)}))


UNDER_LOAD = [
    pytest.param(autoscaler(metric=cpu(95)), "(cpu 95 % of 80 %)", id="above its target"),
    pytest.param(autoscaler(metric=queue("31500m")), "(queue_length 31500m of 30)", id="a value"),
    pytest.param(autoscaler(limited="TooManyReplicas"), "asks for more:", id="as it says itself"),
]
AT_EASE = [
    pytest.param(autoscaler(4, metric=cpu(95)), id="it can make one more"),
    pytest.param(autoscaler(metric=cpu(60)), id="below its target"),
    pytest.param(autoscaler(metric=queue("29")), id="a value below"),
    pytest.param(autoscaler(limited="TooFewReplicas"), id="at the minimum"),
    pytest.param(autoscaler(metric=(cpu(95)[0], {})), id="no metric is known"),
    pytest.param(autoscaler(metric=cpu(95), of="api"), id="of a workload that does not move"),
]


@pytest.mark.parametrize(("one", "told"), UNDER_LOAD)
def test_a_workload_at_the_most_pods_under_more_load_is_a_warning(one, told):
    (finding,) = scaled(one)
    assert (finding.severity, finding.subject) == (Severity.WARNS, "autoscaler shop/web")
    assert told in finding.what


@pytest.mark.parametrize("one", AT_EASE)
def test_another_is_left_alone(one):
    assert scaled(one) == ()


# --- quotas ---------------------------------------------------------------------------------------


def quota(hard: dict[str, str], used: dict[str, str], **spec: Any) -> Quota:
    return Quota.from_raw(
        {
            "metadata": {"namespace": "shop", "name": "all"},
            "spec": {"hard": hard, **spec},
            "status": {"hard": hard, "used": used},
        }
    )


def sized(cpu: str, limit: str = "") -> dict[str, Any]:
    resources: dict[str, Any] = {"requests": {"cpu": cpu}}
    if limit:
        resources["limits"] = {"memory": limit}
    return {"containers": [{"name": "c", "image": "a", "resources": resources}]}


def limited(one: Quota, *pods, **given: Any):
    web = pod("web-1", spec=sized("500m", "1Gi"))
    return findings(quotas.CHECK, seen(*(pods or (web,)), readings={QUOTAS: (one,)}, **given))


FULL = [
    pytest.param({"requests.cpu": "4"}, {"requests.cpu": "3600m"}, "3.6 of 4 used, 0.5", id="cpu"),
    pytest.param({"cpu": "1"}, {"cpu": "1"}, "cpu: 1 of 1 used", id="cpu by its plain name"),
    pytest.param({"pods": "9"}, {"pods": "9"}, "pods: 9 of 9 used, 1 wanted", id="pods"),
    pytest.param({"count/pods": "9"}, {"count/pods": "9"}, "count/pods: 9", id="objects"),
    pytest.param(
        {"limits.memory": "2Gi"}, {"limits.memory": "1536Mi"}, "1.5Gi of 2Gi", id="limits"
    ),
]


@pytest.mark.parametrize(("hard", "used", "told"), FULL)
def test_a_quota_without_room_for_one_more_pod_is_a_warning(hard, used, told):
    (finding,) = limited(quota(hard, used))
    assert (finding.severity, finding.subject) == (Severity.WARNS, "quota shop/all")
    assert told in finding.what


def test_with_a_restart_it_says_that_this_gets_stuck():
    full = quota({"pods": "9"}, {"pods": "9"})
    (finding,) = limited(full, drain={"single_replicas": "restart"})
    assert "a restart, which single_replicas asks for, starts the new pod first" in finding.what


ROOMY = [
    pytest.param(quota({"requests.cpu": "4"}, {"requests.cpu": "3"}), id="there is room"),
    pytest.param(quota({"requests.nvidia.com/gpu": "0"}, {}), id="it is about something else"),
    pytest.param(quota({"pods": "0"}, {}, scopes=["BestEffort"]), id="it counts some pods only"),
]


@pytest.mark.parametrize("one", ROOMY)
def test_one_with_room_is_left_alone(one):
    assert limited(one) == ()


def test_daemonsets_need_room_for_their_pods_on_the_new_nodes_beside_the_old_ones():
    agents = [pod(f"log-{n}", of="DaemonSet log", on=f"w-{n}") for n in (1, 2)]
    full = quota({"pods": "3"}, {"pods": "2"})
    (finding,) = limited(full, *agents, daemonsets=(daemonset("log"),))
    assert "no room for the pods of its namespace's DaemonSets on the new nodes" in finding.what
    assert "2 wanted" in finding.what


# --- volumes --------------------------------------------------------------------------------------


def ebs(name: str, zone: str = "eu-west-1a", mode: str = "ReadWriteOnce") -> Volume:
    asked = {"key": ZONE, "operator": "In", "values": [zone]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [asked]}]}
    return Volume.from_raw(
        {
            "metadata": {"name": name},
            "spec": {
                "csi": {"driver": "ebs.csi.aws.com"},
                "accessModes": [mode],
                "nodeAffinity": {"required": terms},
            },
        }
    )


def limit(count: int | None):
    allocatable = {} if count is None else {"allocatable": {"count": count}}
    drivers = [{"name": "ebs.csi.aws.com", **allocatable}]
    return tuple(
        VolumeLimit.from_raw({"metadata": {"name": name}, "spec": {"drivers": drivers}})
        for name in ("w-1", "w-2")
    )


def mounted(*found: Volume, most: int | None = None, of: str = "StatefulSet db", **given: Any):
    pods = [
        pod(f"db-{n}", of=of, on=f"w-{n % 2 + 1}", spec=mounting(one.name))
        for n, one in enumerate(found)
    ]
    known = {("shop", one.name): one for one in found}
    readings = {VOLUME_LIMITS: limit(most)}
    return findings(volumes.CHECK, seen(*pods, readings=readings, volumes=known, **given))


def test_volumes_in_more_zones_than_there_are_new_nodes_are_a_warning():
    both = (ebs("a"), ebs("b", "eu-west-1b"))
    assert mounted(*both) == ()
    (finding,) = mounted(*both, nodes=1)
    assert (finding.severity, finding.subject) == (Severity.WARNS, "node group workers")
    assert "eu-west-1a (1), eu-west-1b (1)" in finding.what
    assert mounted(*both, nodes=1, extra_nodes=1) == ()


def test_more_volumes_than_the_new_nodes_take_are_a_warning():
    three = [ebs(name) for name in "abc"]
    (finding,) = mounted(*three, most=1)
    assert "3 volumes of ebs.csi.aws.com, and 2 new nodes like the present ones take 2" in (
        finding.what
    )
    assert mounted(*three, most=2) == mounted(*three, most=None) == ()


def test_a_volume_for_one_pod_alone_is_told():
    (finding,) = mounted(ebs("a", mode="ReadWriteOncePod"))
    assert (finding.severity, finding.subject) == (Severity.INFORMS, "StatefulSet shop/db")


def test_a_restart_that_starts_the_new_pod_first_never_gets_its_volume():
    given = {
        "of": "Deployment web",
        "scales": {"Deployment shop/web": scale(wanted=1)},
        "drain": {"single_replicas": "restart"},
    }
    (finding,) = mounted(ebs("a"), **given)
    assert (finding.severity, finding.subject) == (Severity.WARNS, "Deployment shop/web")
    assert "waits for the volume for ever" in finding.what
    assert mounted(ebs("a", mode="ReadWriteMany"), **given) == ()


# --- attachments ----------------------------------------------------------------------------------


def attachment(node: str = "w-1", *, going: str = "", **status: Any) -> Attachment:
    meta = {"name": "csi-1"} | ({"deletionTimestamp": going} if going else {})
    source = {"persistentVolumeName": "pv-1"}
    return Attachment.from_raw(
        {
            "metadata": meta,
            "spec": {"nodeName": node, "source": source},
            "status": {"attached": True, **status},
        }
    )


HANGING = [
    pytest.param(
        attachment(detachError={"message": "timed out."}), 'detached: "timed out"', id="an error"
    ),
    pytest.param(attachment(going="2027-01-15T07:00:00Z"), "on its way off for 60 min", id="long"),
    pytest.param(attachment("gone"), "a node that is not there any more", id="no such node"),
    pytest.param(
        attachment(attached=False, attachError={"message": "no"}), 'attached: "no"', id="not yet"
    ),
]
AT_REST = [
    pytest.param(attachment(), id="attached"),
    pytest.param(attachment(going="2027-01-15T07:59:00Z"), id="on its way for a minute"),
    pytest.param(attachment(attached=False), id="about to be attached"),
]


@pytest.mark.parametrize(("one", "told"), HANGING)
def test_a_volume_that_hangs_between_nodes_is_a_warning(one, told):
    (finding,) = findings(volume_attachments.CHECK, seen(readings={ATTACHMENTS: (one,)}))
    assert (finding.severity, finding.subject) == (Severity.WARNS, "volume attachment csi-1")
    assert told in finding.what
    assert "pv-1" in finding.what


@pytest.mark.parametrize("one", AT_REST)
def test_a_volume_that_is_in_order_is_left_alone(one):
    assert findings(volume_attachments.CHECK, seen(readings={ATTACHMENTS: (one,)})) == ()


# --- kube-proxy -----------------------------------------------------------------------------------

REGISTRY = "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy"


def proxied(image: str, target: str, **given: Any):
    readings = {KUBE_PROXY: KubeProxy(image)}
    return outcome(kube_proxy.CHECK, seen(readings=readings, target=target, **given))


PROXIES = [
    ("v1.25.6-eksbuild.1", "1.28", 0),
    ("v1.25.6-eksbuild.1", "1.29", 1),
    ("v1.24.17-minimal-eksbuild.1", "1.26", 0),
    ("v1.24.17", "1.27", 1),
    ("v1.27.1", "1.26", 1),
    ("v1.26.1", "1.26", 0),
]


@pytest.mark.parametrize(("tag", "target", "count"), PROXIES)
def test_a_kube_proxy_may_trail_by_three_minors_and_below_125_by_two(tag, target, count):
    found = proxied(f"{REGISTRY}:{tag}", target)
    assert severities(found.findings) == [Severity.BLOCKS] * count
    assert found.unknown == ""


def test_one_that_is_an_add_on_or_that_is_not_there_is_left_alone():
    assert proxied(f"{REGISTRY}:v1.22.1", "1.26", addons={"kube-proxy": {}}).findings == ()
    assert proxied("", "1.26").findings == ()


@pytest.mark.parametrize("image", [f"{REGISTRY}@sha256:0", "registry:5000/kube-proxy", "x:latest"])
def test_one_whose_image_does_not_tell_its_version_is_not_known(image):
    assert "not to be seen in its image" in proxied(image, "1.26").unknown


# --- budgets and CronJobs -------------------------------------------------------------------------


def cron(labels: dict[str, str], *, suspend: bool = False, namespace: str = "shop") -> CronJob:
    template = {"metadata": {"labels": labels}}
    spec = {"schedule": "0 3 * * *", "suspend": suspend}
    return CronJob.from_raw(
        {
            "metadata": {"namespace": namespace, "name": "backup"},
            "spec": {**spec, "jobTemplate": {"spec": {"template": template}}},
        }
    )


def with_cron(one: CronJob, **spec: Any):
    given = seen(WEB, readings={CRON_JOBS: (one,)}, budgets=(budget("web", "web", **spec),))
    return findings(budgets_with_cron_jobs.CHECK, given)


@pytest.mark.parametrize("spec", [{"maxUnavailable": 1}, {"minAvailable": "50%"}], ids=str)
def test_a_budget_that_also_means_a_cron_jobs_pods_is_a_warning(spec):
    (finding,) = with_cron(cron({"app": "web"}), **spec)
    assert (finding.severity, finding.subject) == (Severity.WARNS, "budget shop/web")
    assert "CronJob shop/backup (0 3 * * *)" in finding.what


SPARED = [
    pytest.param(cron({"app": "web"}), {"minAvailable": 1}, id="a plain number needs no scale"),
    pytest.param(cron({"app": "job"}), {"maxUnavailable": 1}, id="other labels"),
    pytest.param(cron({"app": "web"}, suspend=True), {"maxUnavailable": 1}, id="suspended"),
    pytest.param(cron({"app": "web"}, namespace="ops"), {"maxUnavailable": 1}, id="elsewhere"),
]


@pytest.mark.parametrize(("one", "spec"), SPARED)
def test_other_budgets_are_left_alone(one, spec):
    assert with_cron(one, **spec) == ()


# --- rights ---------------------------------------------------------------------------------------

LACKING = [
    pytest.param(autoscalers.CHECK, AUTOSCALERS, id="autoscalers"),
    pytest.param(quotas.CHECK, QUOTAS, id="quotas"),
    pytest.param(volumes.CHECK, VOLUME_LIMITS, id="volumes"),
    pytest.param(volume_attachments.CHECK, ATTACHMENTS, id="attachments"),
    pytest.param(kube_proxy.CHECK, KUBE_PROXY, id="kube-proxy"),
    pytest.param(budgets_with_cron_jobs.CHECK, CRON_JOBS, id="CronJobs"),
]


@pytest.mark.parametrize(("check", "reading"), LACKING)
def test_without_the_right_it_is_not_known(check, reading):
    one = pod("db-1", spec=mounting("a"))
    given = seen(one, volumes={("shop", "a"): ebs("a")}, readings={reading: DENIED})
    assert outcome(check, given).unknown.endswith("could not be read: the caller may not")
