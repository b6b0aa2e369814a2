"""What the controllers of one kind of workload say, by family. No I/O; shared as `PodIndex` is."""

from include.eks_upgrade.kube.workloads.scale import Scale


class ScaleIndex:
    """Deployments, or StatefulSets."""

    def __init__(self) -> None:
        self.by_family: dict[str, Scale] = {}

    def change(self, old: Scale | None, new: Scale | None) -> None:
        """Take in what one was and what it is now."""
        if new is not None:
            self.by_family[new.family] = new
        elif old is not None:
            self.by_family.pop(old.family, None)
