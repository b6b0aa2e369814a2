"""What a raw object says of its state: times, conditions, phase, readiness, deletion."""

from datetime import UTC, datetime

from include.rehearsal.raw import Raw, RawDict

FINISHED = ("Succeeded", "Failed")


def timestamp(at: float) -> str:
    """Seconds since the epoch as Kubernetes writes a time: whole seconds, `Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text: str) -> float:
    """Seconds since the epoch of a time as Kubernetes writes it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()


def condition(obj: Raw, kind: str) -> RawDict | None:
    """The status condition of that type, or None."""
    for found in (obj.get("status") or {}).get("conditions") or ():
        if found["type"] == kind:
            result: RawDict = found
            return result
    return None


def is_ready(pod: Raw) -> bool:
    """Whether the pod's Ready condition is True."""
    found = condition(pod, "Ready")
    return found is not None and found["status"] == "True"


def is_terminating(obj: Raw) -> bool:
    """Whether deletion was asked for and is not done."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def phase(pod: Raw) -> str:
    """The pod's phase; a pod nobody has written a status for is Pending."""
    return str((pod.get("status") or {}).get("phase") or "Pending")


def is_active(pod: Raw) -> bool:
    """Whether a controller counts the pod: neither finished nor terminating."""
    return not is_terminating(pod) and phase(pod) not in FINISHED


def set_condition(status: RawDict, entry: RawDict, now: str) -> None:
    """Put a condition into a status; its transition time moves only when its status does."""
    conditions: list[RawDict] = status.setdefault("conditions", [])
    for index, old in enumerate(conditions):
        if old["type"] == entry["type"]:
            same = old["status"] == entry["status"]
            kept = old.get("lastTransitionTime", now) if same else now
            conditions[index] = {**entry, "lastTransitionTime": kept}
            return
    conditions.append({**entry, "lastTransitionTime": now})
