"""Airflow's own pods on the nodes that are replaced: the cluster that runs the upgrade is upgraded.

Found by the labels of Airflow's official chart and of its Kubernetes executor and operator
(https://airflow.apache.org/docs/helm-chart/stable/), by the images, and by this process's own pod.
"""

import re
from collections import Counter

from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.planning.survey.findings import Findings
from include.eks_upgrade.planning.survey.surveyed import Surveyed

_IMAGE = re.compile(r"(?:^|[/_.-])(?:airflow|astro-runtime)(?:$|[/_.:@-])")

_TASK_LABELS = ("kubernetes_executor", "kubernetes_pod_operator")
"""Labels of pods in which a task runs."""

_EXPLAINED = (
    "Its waits are deferred, and another triggerer takes up a trigger whose own was evicted; a task"
    " whose worker was evicted is tried again, and goes on with what it finds. Nothing is lost, but"
    " each of these costs minutes, and with one scheduler, one triggerer or a database in the"
    " cluster nothing goes on meanwhile. Safer: run two triggerers and two schedulers, keep Airflow"
    " on nodes that this run does not replace (node_groups), or start the run from another Airflow"
)


def airflows_own_pods(surveyed: Surveyed) -> Findings:
    """A warning when this Airflow, or another one, will be moved by this run."""
    own = [one for one in surveyed.moving if _is_own(one, surveyed.facts.own_pod)]
    parts = Counter(part for one in surveyed.moving if (part := part_of_airflow(one)))
    if not own and not parts:
        return Findings()
    pods = [one for one in surveyed.moving if part_of_airflow(one)] or own
    named = [f"{count} {part}" for part, count in sorted(parts.items())]
    what = f"AIRFLOW ITSELF RUNS ON NODES THAT ARE REPLACED ({surveyed.places(pods)})"
    text = f"{what}: {first_few(named, 8)}" if named else what
    if own:
        text += f"; this very task runs in pod {own[0].pod}"
    return Findings(warnings=(f"{text}. {_EXPLAINED}",))


def part_of_airflow(one: SurveyedPod) -> str:
    """Which part of an Airflow a pod is (`scheduler`, `task`); empty for any other pod."""
    labels = one.pod.labels
    if any(labels.get(label) == "True" for label in _TASK_LABELS):
        return "task"
    of_airflow = labels.get("tier") == "airflow" or any(map(_IMAGE.search, one.images))
    if not of_airflow:
        return ""
    return labels.get("component") or labels.get("app.kubernetes.io/component") or "pod"


def _is_own(one: SurveyedPod, own: str) -> bool:
    # A kubelet cuts a hostname after 63 characters.
    return bool(own) and own in {one.pod.name, one.pod.name[:63].rstrip("-.")}
