"""Command-line flags that kubelets no longer know: with one of them a kubelet does not start. Pure.

Read on 13 August 2026 in the release notes of Kubernetes 1.25 to 1.37:
https://github.com/kubernetes/sig-release, `releases/release-1.NN/release-notes`. The number behind
each is that of the change in https://github.com/kubernetes/kubernetes/pull/.
"""

from dataclasses import dataclass

from include.eks_upgrade.common.versions import Minor

NEWEST_READ = Minor(1, 37)
"""The newest minor whose release notes the tables of this folder hold."""


@dataclass(frozen=True)
class RemovedFlag:
    """A flag that is gone.

    Attributes:
        since: the first minor whose kubelet refuses it.
        instead: what takes its place, for a sentence; empty where nothing needs to.
        change: number of the pull request that removed it.
    """

    name: str
    since: Minor
    change: int
    instead: str = ""


_OF_CADVISOR = (
    "--application-metrics-count-limit",
    "--boot-id-file",
    "--container-hints",
    "--containerd",
    "--containerd-namespace",
    "--enable-load-reader",
    "--event-storage-age-limit",
    "--event-storage-event-limit",
    "--global-housekeeping-interval",
    "--log-cadvisor-usage",
    "--machine-id-file",
    "--storage-driver-buffer-duration",
    "--storage-driver-db",
    "--storage-driver-host",
    "--storage-driver-password",
    "--storage-driver-secure",
    "--storage-driver-table",
    "--storage-driver-user",
)

REMOVED_FLAGS: tuple[RemovedFlag, ...] = (
    RemovedFlag(
        "--experimental-kernel-memcg-notification",
        Minor(1, 25),
        109388,
        "--kernel-memcg-notification",
    ),
    RemovedFlag("--container-runtime", Minor(1, 27), 114017),
    RemovedFlag("--master-service-namespace", Minor(1, 27), 116015),
    RemovedFlag("--keep-terminated-pod-volumes", Minor(1, 31), 122082),
    RemovedFlag("--iptables-masquerade-bit", Minor(1, 31), 122363),
    RemovedFlag("--iptables-drop-bit", Minor(1, 31), 122363),
    RemovedFlag("--runonce", Minor(1, 32), 126336, "static pods without it"),
    RemovedFlag("--cloud-config", Minor(1, 34), 130161),
    RemovedFlag("--register-schedulable", Minor(1, 34), 122384, "--register-with-taints"),
    RemovedFlag(
        "--pod-infra-container-image",
        Minor(1, 35),
        133779,
        "sandbox_image in containerd's settings",
    ),
    *(RemovedFlag(name, Minor(1, 37), 139870) for name in _OF_CADVISOR),
)
"""By minor. `--housekeeping-interval` of cAdvisor's stays."""
