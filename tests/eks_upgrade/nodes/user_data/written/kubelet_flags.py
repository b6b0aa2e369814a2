"""Flags for a kubelet as people write them: labels, taints and others."""

from hypothesis import strategies as st

from tests.eks_upgrade.nodes.user_data.given import GROUP

_LABELS = (
    "team=a",
    "team=b",
    "tier=",
    "example.com/x=1.2_3",
    "node.kubernetes.io/role=x",
    "topology.kubernetes.io/zone=eu-west-1a",
    f"{GROUP}=pool",
    f"{GROUP}-image=ami-1",
    "eks.amazonaws.com/capacityType=SPOT",
    "eks.amazonaws.com/sourceLaunchTemplateId=lt-1",
    "eks.amazonaws.com/sourceLaunchTemplateVersion=3",
)
_WRONG_LABELS = (
    "node-role.kubernetes.io/x=y",
    "mynode.kubernetes.io/role=x",
    "bad key=x",
    "a=b c",
    "team",
    "a=-",
    "a=b=c",
    "host=$(hostname)",
    "a=${B}",
    "a=%n",
)
_TAINTS = (
    "dedicated=a:NoSchedule",
    "dedicated:NoSchedule",
    "dedicated=b:NoExecute",
    "x=:NoSchedule",
    "gpu=yes:PreferNoSchedule",
)
_WRONG_TAINTS = (
    "dedicated",
    "dedicated=a:Never",
    "=a:NoSchedule",
    "a=b=c:NoSchedule",
    "dedicated=z:NoSchedule",
)
_OTHERS = (
    "--max-pods=9",
    "--v 2",
    "--v=2",
    "--kube-reserved=cpu=1",
    "--eviction-hard=a<5%",
    "--feature-gates=A=true",
    "--read-only-port=0",
    "--config --node-labels=x=y",
)


@st.composite
def kubelet_flags(draw, *, careful, others=False):
    """A list of flags; `others`: flags beside labels and taints are nothing risky."""
    flags = []
    for _ in range(draw(st.integers(0, 3))):
        flags.append(draw(_labels(careful) if draw(st.booleans()) else _taints(careful)))
    if others or not careful:
        flags += draw(st.lists(st.sampled_from(_OTHERS), max_size=2))
    return list(draw(st.permutations(flags)))


@st.composite
def _labels(draw, careful):
    offered = _LABELS if careful else _LABELS + _WRONG_LABELS
    value = ",".join(draw(st.lists(st.sampled_from(offered), max_size=3)))
    return _flag(draw, "--node-labels", value)


@st.composite
def _taints(draw, careful):
    offered = _TAINTS if careful else _TAINTS + _WRONG_TAINTS
    value = ",".join(draw(st.lists(st.sampled_from(offered), max_size=2, unique=careful)))
    return _flag(draw, "--register-with-taints", value)


def _flag(draw, name, value):
    if draw(st.integers(0, 6)) == 0:
        name = "--" + name[2:].replace("-", "_")
    return f"{name} {value}" if value and draw(st.integers(0, 4)) == 0 else f"{name}={value}"
