"""Images that a new node may not be able to pull: it has none of them yet. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from include.eks_upgrade.common.grouping import by_key, pod_groups
from include.eks_upgrade.common.text import first_few
from include.eks_upgrade.kube.pod_facts.model import SurveyedPod
from include.eks_upgrade.planning.preflight.capped import capped_findings
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.kubernetes.moving import moving_pods
from include.eks_upgrade.planning.preflight.seen import Seen
from include.eks_upgrade.planning.survey.surveyed import Surveyed


@dataclass(frozen=True, slots=True)
class Left:
    """Images of a place that their makers have left.

    Attributes:
        prefix: how they begin, written out (`docker.io/bitnami/`).
        what: what has become of them.
        source: where that is written.
        versions: only those with a version are meant; `latest` is still there.
    """

    prefix: str
    severity: Severity
    what: str
    remedy: str
    source: str
    versions: bool = False


_KUBERNETES = (
    "take them from registry.k8s.io, under the same name and tag",
    "https://kubernetes.io/blog/2023/03/10/image-registry-redirect/",
)
_FROZEN = (
    "gets no new images since April 2023, only passes requests on since, and is to be switched off"
)

TABLE = (
    Left("k8s.gcr.io/", Severity.WARNS, f"this registry {_FROZEN}", *_KUBERNETES),
    Left("gcr.io/google_containers/", Severity.WARNS, f"this registry {_FROZEN}", *_KUBERNETES),
    Left("gcr.io/google-containers/", Severity.WARNS, f"this registry {_FROZEN}", *_KUBERNETES),
    Left(
        "gcr.io/kubebuilder/",
        Severity.WARNS,
        "its makers announced that these images are not served from March 2025 on",
        "update the operator that brings it, or take quay.io/brancz/kube-rbac-proxy in its place",
        "https://github.com/kubernetes-sigs/kubebuilder/discussions/3907",
    ),
    Left(
        "docker.io/bitnami/",
        Severity.WARNS,
        "images with a version were moved away from here in August and September 2025",
        "take them from docker.io/bitnamilegacy for now, or from a registry of your own",
        "https://github.com/bitnami/containers/issues/83267",
        versions=True,
    ),
    Left(
        "registry.k8s.io/ingress-nginx/",
        Severity.INFORMS,
        "ingress-nginx was retired in March 2026: no more releases, no more security fixes",
        "plan its replacement; the images are still served",
        "https://kubernetes.io/blog/2025/11/11/ingress-nginx-retirement/",
    ),
)


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each such image, with the pods that need it on new nodes."""
    surveyed = moving_pods(seen)
    if surveyed is None:
        return
    # Those of DaemonSets start on the new nodes, too.
    found = by_key(
        ((image, left), one)
        for one, _ in surveyed.filtered
        if not one.pod.finished
        for image in dict.fromkeys(one.images)
        if (left := left_place(image))
    )
    findings = (_finding(image, left, pods, surveyed) for (image, left), pods in found.items())
    yield from capped_findings(findings, "images")


def left_place(image: str) -> Left | None:
    """Which abandoned place an image comes from, None when from none that is known."""
    whole = written_out(image)
    tag = whole.partition("@")[0].rpartition("/")[2].partition(":")[2]
    newest = tag in {"", "latest"} and "@" not in whole
    return next(
        (one for one in TABLE if whole.startswith(one.prefix) and not (one.versions and newest)),
        None,
    )


def written_out(image: str) -> str:
    """An image with its registry: `web` is `docker.io/library/web`."""
    first, slash, rest = image.partition("/")
    if not slash:
        return f"docker.io/library/{image}"
    if "." not in first and ":" not in first and first != "localhost":
        return f"docker.io/{image}"
    # Other names of the same registry.
    return f"docker.io/{rest}" if first in {"index.docker.io", "registry-1.docker.io"} else image


def _finding(image: str, left: Left, pods: list[SurveyedPod], surveyed: Surveyed) -> Finding:
    named = first_few(pod_groups(surveyed.named(pods)))
    what = f"{named} need it on new nodes, which have not pulled it yet; {left.what}"
    return Finding(left.severity, f"image {image}", what, f"{left.remedy} ({left.source})")


CHECK = Check(
    "images",
    "Do all images come from places that still serve them?",
    "; ".join(dict.fromkeys(one.source for one in TABLE)),
    judge,
)
