"""AWS's no to UpdateClusterVersion, told apart. Pure.

One code carries several meanings, so the code is matched first and then fragments of the text,
never a whole text: AWS changes those. Each row names where the text was seen.
"""

from dataclasses import dataclass
from functools import partial

from include.eks_upgrade.aws.rights.refused import missing_right
from include.eks_upgrade.common.errors import Busy, UpgradeError, refusal

_refused = partial(refusal, "The control plane cannot be updated")

NODES_FIRST = "nodes_first"
"""In a result's data: nothing was started, because node groups are to be brought up first."""

_INVALID = frozenset({"InvalidParameterException", "InvalidRequestException", "ClientException"})


@dataclass(frozen=True)
class _Row:
    """One known refusal.

    Attributes:
        codes: AWS's codes.
        fragments: in lower case; all of them are in the text.
        remedy: what a person does about it.
        why: a sentence that AWS does not say; empty without one.
    """

    codes: frozenset[str]
    fragments: tuple[str, ...]
    remedy: str
    why: str = ""

    def fits(self, code: str, message: str) -> bool:
        return code in self.codes and all(one in message.lower() for one in self.fragments)


_ROWS = (
    # terraform-provider-aws#42031, containers-roadmap#2569 and #2570
    _Row(
        frozenset({"InvalidStateException"}),
        (),
        "remove what the upgrade insights name and wait until EKS has looked again (once a day). A "
        "finding about calls of a removed API stays for 30 days after the last call, whatever is "
        "done; before that only override_insights=true helps, which passes AWS's force flag",
    ),
    # terraform-provider-aws#19478
    _Row(
        _INVALID,
        ("nodegroup", "must be updated"),
        "run first with target_version set to the present version for the node groups named, so "
        "that their nodes are replaced, then run again",
        "This project assumes that kubelets may trail by up to three minors, as AWS's best "
        "practices say; here AWS wants the node groups at the control plane's version first",
    ),
    # eksctl#2545, oslokommune/okctl#1015
    _Row(
        _INVALID,
        ("fargate", "kubelet"),
        "restart the workloads whose pods run on Fargate (`kubectl rollout restart`): each new pod "
        "gets a node at the cluster's version. `kubectl get nodes -l "
        "eks.amazonaws.com/compute-type=fargate` shows who is behind. Then repeat this step",
    ),
    # containers-roadmap#1533: AWS says the same of a key's policy that shuts the role out
    _Row(
        _INVALID,
        ("role with arn", "could not be assumed"),
        "see that this role, the cluster's own, exists and that its trust policy lets "
        "eks.amazonaws.com assume it; where the cluster encrypts Secrets with a KMS key, see that "
        "the key's policy lets the role use it. Then repeat this step",
        "AWS says this of the role itself, and also of a KMS key that the role may not use",
    ),
    # containers-roadmap#1693
    _Row(
        _INVALID,
        ("subnet", "free"),
        "free addresses so that each of the cluster's subnets has five, or give the cluster other "
        "subnets with UpdateClusterConfig, then repeat this step",
    ),
    # rancher/rancher#26908: it is not where the plan found it
    _Row(
        _INVALID,
        ("unsupported kubernetes minor version update",),
        "run again: a new plan will start from what is",
    ),
    _Row(_INVALID, (), "correct what AWS names, then repeat this step"),
)

_GROUPS_TRAIL = _ROWS[1]


def groups_trail(code: str, message: str) -> bool:
    """Whether AWS wants node groups at the control plane's version before that one moves on."""
    return _GROUPS_TRAIL.fits(code, message)


_SWITCHED_OFF = ("ServiceUnavailableException", "disabled")
"""`Updates in the cell are disabled` (eksctl#7124): AWS lets nobody update for hours."""


def known_refusal(subject: str, target: object, code: str, message: str) -> UpgradeError | None:
    """AWS's no in our words; None when it is none of the known ones.

    Args:
        subject: what was to be updated.
        target: the minor it was to go to.
        code: AWS's code.
        message: AWS's sentence.
    """
    what = f"AWS refused the update to {target} with {code}: {message}"
    if code == _SWITCHED_OFF[0] and _SWITCHED_OFF[1] in message.lower():
        return Busy(
            f"{subject}: {what}. AWS itself has switched updates off; that passes, and may take "
            "hours. Nothing was changed. When this task has used up its tries, clear it later, or "
            "start a new run"
        )
    right = missing_right(message) if code in _INVALID else ""
    if right:
        return _refused(subject, what, f"{right}, then repeat this step")
    row = next((row for row in _ROWS if row.fits(code, message)), None)
    if row is None:
        return None
    return _refused(subject, f"{what}. {row.why}" if row.why else what, row.remedy)
