"""All the faults of a rehearsal, set from Python or over HTTP.

Over HTTP they are one JSON object, `POST /_rehearsal/faults` on the AWS port; see
`FaultRegistry.set`. What is to end badly is a queue, used up as it strikes; faults of calls say
how long they stand.
"""

from collections.abc import Callable
from typing import Any, Final, Literal

from include.rehearsal.faults.calls import ActiveFault, CallFaults, Fault
from include.rehearsal.faults.endings import AddonEnd, GroupEnd, UpdateEnd, as_json, take_first

KEYS: Final = frozenset(
    {
        "throttle",
        "calls",
        "lift",
        "fail",
        "stick",
        "addons",
        "groups",
        "lag_seconds",
        "hidden_work_seconds",
        "fargate_skew",
        "nodegroup_skew",
        "flip_seconds",
        "template_lag_seconds",
        "scaling_lag_seconds",
        "degraded_refuses",
        "insights_block",
        "insights",
    }
)


class FaultRegistry:
    """What is to go wrong next.

    Args:
        now: simulated time, seconds since the epoch.

    Attributes:
        calls: faults of single AWS calls.
        updates, addons, groups: how updates, add-ons and new node groups are to end.
        lag_seconds: Describe and List calls show a change only so many simulated seconds after
            it was requested; 0 shows it at once.
        hidden_work_seconds: after each version update AWS is at work on the control plane for so
            many simulated seconds, lists no update and refuses others.
        flip_seconds: after each version update DescribeCluster and CreateNodegroup see the old
            version and the new one by turns, for so many simulated seconds.
        fargate_skew: minors that kubelets of Fargate pods may trail the version a control plane
            goes to. Three by default, as for all kubelets; AWS once demanded the present version
            (1), and today's limit is not known.
        nodegroup_skew: the same of managed node groups, by the version that EKS has of them. The
            API reference still demands the present version (1), the user guide allows three.
        template_lag_seconds: a launch template and each version of it is seen, by EC2 and by EKS,
            only so many simulated seconds after it was made.
        scaling_lag_seconds: DescribeAutoScalingGroups shows groups, their desired sizes and the
            instances that they start only so many simulated seconds later.
        degraded_refuses: UpdateNodegroupConfig is refused of a group that is DEGRADED. Both was
            met: https://github.com/aws/containers-roadmap/issues/2204 (refused) and 2326 (taken).
        insights_block: UpdateClusterVersion refuses while an ERROR insight names the target.
            Off by default: AWS withdrew the check in March 2025.
        insights: insights to add when EKS next looks: `{"name", "status", "kubernetesVersion",
            "reason", ...}`; with "cluster" only of that one.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.calls = CallFaults(now)
        self.updates: list[UpdateEnd] = []
        self.addons: list[AddonEnd] = []
        self.groups: list[GroupEnd] = []
        self.lag_seconds = 0.0
        self.hidden_work_seconds = 0.0
        self.fargate_skew = 3
        self.nodegroup_skew = 3
        self.flip_seconds = 0.0
        self.template_lag_seconds = 0.0
        self.scaling_lag_seconds = 0.0
        self.degraded_refuses = False
        self.insights_block = False
        self.insights: list[dict[str, Any]] = []

    def add(self, kind: Any, operation: str = "*", **rest: Any) -> ActiveFault:
        """Let calls go wrong: the fields of `Fault`; lift it by what is returned."""
        return self.calls.add(Fault(kind, operation, **rest))

    def throttle(self, operation: str, times: int) -> None:
        """Let the next `times` calls of an operation be throttled; 0 for none."""
        for each in self.calls.active():
            if (each.fault.kind, each.fault.operation) == ("throttle", operation):
                each.lift()
        if times > 0:
            self.add("throttle", operation, times=times)

    def fail_next(
        self,
        kind: str,
        errors: list[dict[str, Any]],
        *,
        cluster: str | None = None,
        target: str | None = None,
    ) -> None:
        """Let the next update of this kind end as Failed with these errors (`UpdateEnd`)."""
        self.updates.append(UpdateEnd(kind, "fail", errors, cluster, target))

    def stick_next(
        self, kind: str, *, cluster: str | None = None, target: str | None = None
    ) -> None:
        """Let the next update of this kind stay InProgress (see `interference.end_update`)."""
        self.updates.append(UpdateEnd(kind, "stuck", [], cluster, target))

    def end_addon(
        self,
        addon: str,
        status: str,
        issues: list[dict[str, Any]],
        update: Literal["Failed", "Successful"] = "Failed",
    ) -> None:
        """Let the next creation or update of an add-on end like this (`AddonEnd`)."""
        self.addons.append(AddonEnd(addon, status, issues, update))

    def end_group(self, code: str, message: str = "", *, nodegroup: str = "*") -> None:
        """Let the next new node group end as CREATE_FAILED (`GroupEnd`)."""
        self.groups.append(GroupEnd(code, message, nodegroup))

    def take_update(self, kind: str, cluster: str, target: str) -> UpdateEnd | None:
        """Use up how this update is to end; None when it may succeed."""
        return take_first(self.updates, lambda each: each.fits(kind, cluster, target))

    def take_addon(self, cluster: str, addon: str) -> AddonEnd | None:
        """Use up how this add-on is to end; None when it may become ACTIVE."""
        return take_first(self.addons, lambda each: each.fits(cluster, addon))

    def take_group(self, cluster: str, nodegroup: str) -> GroupEnd | None:
        """Use up what is to become of a new node group; None when all may go well."""
        return take_first(self.groups, lambda each: each.fits(cluster, nodegroup))

    def set(self, wanted: dict[str, Any]) -> None:
        """Take over what an HTTP request asks for, or nothing of it.

        Args:
            wanted: absent keys change nothing. `lift`: "all" or a list of operations;
                `throttle`: {operation: times}; `calls`: [fields of Fault]; `fail` and `stick`:
                [fields of UpdateEnd]; `addons`: [fields of AddonEnd]; `groups`: [fields of
                GroupEnd]; `lag_seconds`; `hidden_work_seconds`; `fargate_skew`; `nodegroup_skew`;
                `flip_seconds`; `template_lag_seconds`; `scaling_lag_seconds`; `degraded_refuses`;
                `insights_block`; `insights`: [...].

        Raises:
            ValueError: an unknown key, or values that make no sense.
            TypeError: an unknown or missing field.
        """
        unknown = sorted(set(wanted) - KEYS)
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(KEYS))}")
        # Everything is parsed before anything is set: a request with a mistake changes nothing.
        throttles = {name: int(times) for name, times in wanted.get("throttle", {}).items()}
        calls = [Fault(**each) for each in wanted.get("calls", [])]
        updates = [UpdateEnd(**{**each, "outcome": "fail"}) for each in wanted.get("fail", [])]
        updates += [UpdateEnd(**{**each, "outcome": "stuck"}) for each in wanted.get("stick", [])]
        addons = [AddonEnd(**each) for each in wanted.get("addons", [])]
        groups = [GroupEnd(**each) for each in wanted.get("groups", [])]
        lag = float(wanted.get("lag_seconds", self.lag_seconds))
        hidden = float(wanted.get("hidden_work_seconds", self.hidden_work_seconds))
        flips = float(wanted.get("flip_seconds", self.flip_seconds))
        fargate = int(wanted.get("fargate_skew", self.fargate_skew))
        groups_skew = int(wanted.get("nodegroup_skew", self.nodegroup_skew))
        template_lag = float(wanted.get("template_lag_seconds", self.template_lag_seconds))
        scaling_lag = float(wanted.get("scaling_lag_seconds", self.scaling_lag_seconds))
        self._lift(wanted.get("lift", []))
        for name, times in throttles.items():
            self.throttle(name, times)
        for fault in calls:
            self.calls.add(fault)
        self.updates += updates
        self.addons += addons
        self.groups += groups
        self.hidden_work_seconds, self.fargate_skew = hidden, fargate
        self.nodegroup_skew, self.flip_seconds = groups_skew, flips
        self.lag_seconds, self.template_lag_seconds = lag, template_lag
        self.scaling_lag_seconds = scaling_lag
        self.degraded_refuses = bool(wanted.get("degraded_refuses", self.degraded_refuses))
        self.insights_block = bool(wanted.get("insights_block", self.insights_block))
        self.insights += list(wanted.get("insights", []))

    def _lift(self, wanted: Any) -> None:
        if wanted == "all":
            self.calls.lift()
            return
        for operation in wanted:
            self.calls.lift(operation)

    def as_json(self) -> dict[str, Any]:
        """What is still to go wrong, by the keys of `set`; throttling also stands among `calls`."""
        active = self.calls.active()
        throttles = [each for each in active if each.fault.kind == "throttle"]
        ends = [(each.outcome, as_json(each)) for each in self.updates]
        for _, end in ends:
            end.pop("outcome")
        return {
            "throttle": {
                each.fault.operation: each.fault.times - each.struck
                for each in throttles
                if each.fault.times is not None
            },
            "calls": [each.as_json() for each in active],
            "fail": [end for outcome, end in ends if outcome == "fail"],
            "stick": [end for outcome, end in ends if outcome == "stuck"],
            "addons": [as_json(each) for each in self.addons],
            "groups": [as_json(each) for each in self.groups],
            "lag_seconds": self.lag_seconds,
            "hidden_work_seconds": self.hidden_work_seconds,
            "fargate_skew": self.fargate_skew,
            "nodegroup_skew": self.nodegroup_skew,
            "flip_seconds": self.flip_seconds,
            "template_lag_seconds": self.template_lag_seconds,
            "scaling_lag_seconds": self.scaling_lag_seconds,
            "degraded_refuses": self.degraded_refuses,
            "insights_block": self.insights_block,
            "insights": self.insights,
        }
