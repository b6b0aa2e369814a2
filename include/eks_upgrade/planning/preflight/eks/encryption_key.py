"""Whether the KMS key that encrypts the cluster's Secrets can be used. Pure."""

from collections.abc import Iterator

from include.eks_upgrade.aws.readings.cluster_surroundings import ENCRYPTION_KEYS
from include.eks_upgrade.planning.preflight.check import Check, Finding, Severity
from include.eks_upgrade.planning.preflight.rules.target import control_plane_needed
from include.eks_upgrade.planning.preflight.seen import Seen

_PASSING_STATES = frozenset({"Creating", "Updating"})
_REMEDIES = {
    "": "a key that is gone cannot be had again, and with it all Secrets: ask AWS support",
    "Disabled": "enable it: aws kms enable-key --key-id {arn}",
    "PendingDeletion": (
        "stop its deletion and enable it again: aws kms cancel-key-deletion --key-id {arn}, then "
        "aws kms enable-key --key-id {arn}"
    ),
    "PendingImport": "import its key material again",
    "Unavailable": "reconnect its custom key store",
}


def _judge(seen: Seen) -> Iterator[Finding]:
    if not seen.facts.cluster.get("encryptionConfig"):
        return
    if not control_plane_needed(seen.target, seen.facts):
        return
    for arn, state in seen.of(ENCRYPTION_KEYS).items():
        if state == "Enabled":
            continue
        passes = state in _PASSING_STATES
        what = f"its state is {state}" if state else "KMS does not know it (any more)"
        yield Finding(
            Severity.WARNS if passes else Severity.BLOCKS,
            f"KMS key {arn}",
            f"{what}, and a control plane can read its Secrets with it only; EKS does not move a "
            "cluster whose key cannot be used",
            _REMEDIES.get(state, "wait until it is Enabled").format(arn=arn),
            passes=passes,
        )


CHECK = Check(
    "encryption_key",
    "Can the KMS key of the cluster's Secrets be used?",
    "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html and the health issues "
    "KmsKeyDisabled, KmsKeyMarkedForDeletion and KmsKeyNotFound of "
    "https://docs.aws.amazon.com/eks/latest/APIReference/API_ClusterIssue.html",
    _judge,
)
