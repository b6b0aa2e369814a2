"""Faults that a rehearsal can be told to have: throttled calls, failing updates.

They are set from Python or over HTTP (`POST /_rehearsal/faults` on the AWS port) and are
used up as they strike.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Faults:
    """What is to go wrong next.

    Attributes:
        throttles: operation ("UpdateClusterVersion") -> how many more calls are throttled.
        failures: update kind ("VersionUpdate", "AddonUpdate", "ConfigUpdate") -> a queue of
            error lists; each entry fails one update of that kind with these EKS error details
            (`errorCode`, `errorMessage`, `resourceIds`).
        insights_block: UpdateClusterVersion refuses while an ERROR insight names the target.
            Off by default: AWS withdrew the check in March 2025.
        insights: insights to add when EKS next looks: `{"name", "status", "kubernetesVersion",
            "reason", ...}`.
    """

    throttles: dict[str, int] = field(default_factory=dict)
    failures: dict[str, list[list[dict[str, Any]]]] = field(default_factory=dict)
    insights_block: bool = False
    insights: list[dict[str, Any]] = field(default_factory=list)

    def throttle(self, operation: str, times: int) -> None:
        """Let the next `times` calls of an operation be throttled."""
        self.throttles[operation] = times

    def fail_next(self, kind: str, errors: list[dict[str, Any]]) -> None:
        """Let the next update of this kind end as Failed with these errors."""
        self.failures.setdefault(kind, []).append(errors)

    def take_throttle(self, operation: str) -> bool:
        """Use up one throttled call; True when this call is to be refused."""
        left = self.throttles.get(operation, 0)
        if left <= 0:
            return False
        self.throttles[operation] = left - 1
        return True

    def take_failure(self, kind: str) -> list[dict[str, Any]] | None:
        """Use up one failure of an update kind; None when the update may succeed."""
        queue = self.failures.get(kind)
        return queue.pop(0) if queue else None

    def set(self, wanted: dict[str, Any]) -> None:
        """Take over what an HTTP request asks for.

        Args:
            wanted: `{"throttle": {operation: n}, "fail": [{"kind": k, "errors": [...]}],
                "insights_block": bool, "insights": [...]}`; absent keys change nothing.
        """
        self.throttles.update({k: int(v) for k, v in wanted.get("throttle", {}).items()})
        for failure in wanted.get("fail", []):
            self.fail_next(failure["kind"], list(failure.get("errors", [])))
        self.insights_block = bool(wanted.get("insights_block", self.insights_block))
        self.insights += list(wanted.get("insights", []))

    def as_json(self) -> dict[str, Any]:
        """What is still to go wrong, as plain JSON data."""
        return {
            "throttle": self.throttles,
            "fail": [
                {"kind": kind, "errors": errors}
                for kind, queue in self.failures.items()
                for errors in queue
            ],
            "insights_block": self.insights_block,
            "insights": self.insights,
        }
