"""Who reads what of Kubernetes for the preflight."""

from collections.abc import Awaitable, Callable, Mapping

from include.eks_upgrade.common.reading import Reading
from include.eks_upgrade.kube.client import KubeClient

KubeReader = Callable[[KubeClient], Awaitable[object]]
"""Asks the cluster; raises as `KubeClient` does, which the caller turns into `NotRead`."""

READERS: Mapping[Reading[object], KubeReader] = {}
"""A new reading is added here; all are read side by side."""
