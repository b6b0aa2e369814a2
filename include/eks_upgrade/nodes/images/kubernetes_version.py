"""Which Kubernetes an image holds, as far as its tags, its description and its name tell. Pure.

EKS does not tell it for a custom image. Images of public makers carry it in their names:
https://docs.aws.amazon.com/eks/latest/userguide/eks-optimized-amis.html. Others carry numbers of
their own, too: `acme-eks-node-1.15.3` may be the fifteenth image of a team. So the better evidence
is asked first, and what could be such a number counts only where it is a minor that EKS offers.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.common.versions import Minor

REACH = 8
"""Minors on both sides of the wanted one that are believed where EKS's offer is not known: about
what EKS has at a time, the extended support included."""


@dataclass(frozen=True)
class Evidence:
    """A Kubernetes minor that an image tells (`1.26`; empty: it tells none), and where it does."""

    minor: str = ""
    where: str = ""


@dataclass(frozen=True)
class _Told:
    """Minors that one place tells; `sure` where they can be nothing but Kubernetes minors."""

    where: str
    minors: frozenset[str]
    sure: bool


def version_of(image: Raw, believed: Collection[str]) -> Evidence:
    """The Kubernetes minor that a raw DescribeImages entry tells, from its best evidence.

    Args:
        image: the entry, with its tags where there are any.
        believed: the minors that count where a number may be the image's own.
    """
    for told in _all_told(image):
        minors = told.minors if told.sure else told.minors & set(believed)
        if len(minors) == 1:  # two of them contradict: the next place is asked
            return Evidence(next(iter(minors)), told.where)
    return Evidence()


def in_doubt(image: Raw, wanted: str) -> bool:
    """Whether what EKS offers decides if the image is for another minor than `wanted`."""
    for told in _all_told(image):
        if told.sure and len(told.minors) == 1:
            return False
        if not told.sure and told.minors - {wanted}:
            return True
    return False


def named_by_a_public_maker(image: Raw) -> bool:
    """Whether an image's name is one as EKS, Bottlerocket or Ubuntu gives them."""
    return bool(_PUBLIC_MAKERS.search(str(image.get("Name") or "")))


def near(minor: str) -> frozenset[str]:
    """Minors that EKS may offer beside this one, for want of knowing them."""
    wanted = Minor.parse(minor)
    numbers = range(wanted.number - REACH, wanted.number + REACH + 1)
    return frozenset(str(Minor(wanted.major, number)) for number in numbers)


def _all_told(image: Raw) -> Iterator[_Told]:
    """What each place tells, the most trustworthy first."""
    yield from _told_by_tags(image)
    name, description = str(image.get("Name") or ""), str(image.get("Description") or "")
    yield _Told("its name", _found(_PUBLIC_MAKERS, name), sure=True)
    yield _Told("its description", _found(_KUBERNETES, description), sure=True)
    for pattern in (_KUBERNETES, _EKS, _NODE):
        yield _Told("its name", _found(pattern, name), sure=False)
    yield _Told("its description", _found(_EKS, description), sure=False)
    yield _Told("its name", _found(_ALONE, _without_other_software(name)), sure=False)


def _found(pattern: re.Pattern[str], text: str) -> frozenset[str]:
    """The minors that a pattern finds, as `1.26`, however they are spelt."""
    # Whatever stands between the digits, the last two are the minor.
    return frozenset(f"1.{found[found.lastindex or 0][-2:]}" for found in pattern.finditer(text))


# 1.26, 1.26.3; a date such as 1.20240508 has more digits, and nothing before 1.10 is EKS's.
_DOTTED = r"1\.[1-9]\d(?!\d)"
# 1-26, 1_26, 126: only right after a word that means Kubernetes.
_ANYHOW = rf"(?:{_DOTTED}|1[-_][1-9]\d(?!\d)|1[1-9]\d(?![\d.]))"
_BETWEEN = r"(?:[-_ ]?(?:version|release|minor|ver))?[^0-9A-Za-z.]{0,3}v?"
_WORD_BEGINS = r"(?<![0-9A-Za-z])"

_PUBLIC_MAKERS = re.compile(
    r"^amazon-eks(?:-arm64|-gpu)?-node-(?:al2023-(?:x86_64|arm64)-[a-z]+-)?(1\.\d\d)-v\d"
    r"|amazon-eks(?:-arm64|-gpu)?-node-(?:al2023-(?:x86_64|arm64)-[a-z]+-)?(1\.\d\d)-v\d{8}"
    r"|bottlerocket-aws-k8s-(1\.\d\d)-"
    r"|ubuntu-eks(?:-pro)?/k8s_(1\.\d\d)/"
    r"|EKS_Optimized-(1\.\d\d)-\d{4}\.",
    re.IGNORECASE,
)
_KUBERNETES = re.compile(rf"(?:k8s|kubernetes|kubelet|kube){_BETWEEN}({_ANYHOW})", re.IGNORECASE)
_EKS = re.compile(
    rf"(?:eks{_BETWEEN}|{_WORD_BEGINS}k(?:-?v)?)({_ANYHOW})|({_DOTTED})\.\d+-eks-",
    re.IGNORECASE,
)
_NODE = re.compile(
    rf"(?:node|standard|nvidia|neuron|optimized){_BETWEEN}({_DOTTED})", re.IGNORECASE
)
_ALONE = re.compile(rf"(?<![0-9A-Za-z.])({_DOTTED})(?!\.)")

_OTHER_SOFTWARE = re.compile(
    r"(?:efa|cni|csi|nccl|toolkit|agent|containerd|docker|runc|istio|cilium|golang|go|cuda|driver)"
    r"[-_: ]{0,2}v?[\d.]+",
    re.IGNORECASE,
)


def _without_other_software(name: str) -> str:
    """A name without the versions of what else is on the image (`efa-1.38`)."""
    return _OTHER_SOFTWARE.sub(" ", name)


_TAG_VALUE = re.compile(r"\s*v?1[._-]?([1-9]\d)(?!\d)")
_KEY_ENDS = ("kubernetesversion", "k8sversion", "kubeletversion", "kubeversion", "eksversion",
             "kubernetesminor", "k8sminor", "kubernetesminorversion", "k8sminorversion",
             "eksclusterversion", "kubernetesrelease", "k8srelease")  # fmt: skip
_WHOLE_KEYS = {"kubernetes", "k8s", "kubelet", "eks"}


def _told_by_tags(image: Raw) -> Iterator[_Told]:
    """What the tags tell; made by the image's builder, or by who uses it to correct the name."""
    told = {
        str(tag["Key"]): f"1.{found[1]}"
        for tag in image.get("Tags") or ()
        if _names_kubernetes(str(tag["Key"])) and (found := _TAG_VALUE.match(str(tag["Value"])))
    }
    if told:
        yield _Told(f"its tag {', '.join(sorted(told))}", frozenset(told.values()), sure=True)


def _names_kubernetes(key: str) -> bool:
    """Whether a tag is about the Kubernetes version: `acme.com/k8s-version`, `EksVersion`."""
    plain = re.sub(r"[^a-z0-9]", "", key.lower())
    last = re.split(r"[/:.]", key.lower())[-1]
    return plain.endswith(_KEY_ENDS) or last in _WHOLE_KEYS
