"""What is wrong with the options of a way back that an upgrade does not have."""

from include.eks_upgrade.common.errors import Problem

LEAST_MINUTES, MOST_MINUTES = 120, 10080
"""What EKS takes as `rollbackConfig.timeoutMinutes` (service model of UpdateClusterVersion)."""


def auto_mode_problems(minutes: float) -> list[Problem]:
    """Why EKS would not take this as the time for the nodes of Auto Mode."""
    if LEAST_MINUTES <= minutes <= MOST_MINUTES:
        return []
    what = f"EKS takes {LEAST_MINUTES} to {MOST_MINUTES} minutes, and {minutes:g} are given"
    return [Problem("auto_mode_minutes", what, "leave it at 720, or choose within these bounds")]
