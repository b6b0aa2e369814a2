"""What a kubelet writes into the status of a pod: running, Ready or not, ended."""

import re

from include.rehearsal.kube.objects.status import set_condition
from include.rehearsal.raw import RawDict


def running_status(pod: RawDict, node: RawDict, address: str, now: str) -> RawDict:
    """The status a kubelet writes when the containers run."""
    addresses = (node.get("status") or {}).get("addresses") or []
    host = next((a["address"] for a in addresses if a["type"] == "InternalIP"), None)
    own = host if pod["spec"].get("hostNetwork") and host else address
    status: RawDict = {
        "phase": "Running",
        "conditions": (pod.get("status") or {}).get("conditions", []),
    }
    if host:
        status |= {"hostIP": host, "hostIPs": [{"ip": host}]}
    status |= {"podIP": own, "podIPs": [{"ip": own}], "startTime": now}
    status["containerStatuses"] = [
        {
            "name": each["name"],
            "state": {"running": {"startedAt": now}},
            "lastState": {},
            "ready": False,
            "restartCount": 0,
            "image": each.get("image", ""),
            "imageID": each.get("image", ""),
            "started": True,
        }
        for each in pod["spec"].get("containers") or ()
    ]
    status["qosClass"] = (pod.get("status") or {}).get("qosClass", "BestEffort")
    set_condition(status, {"type": "Initialized", "status": "True", "lastProbeTime": None}, now)
    return status


def end_of_command(pod: RawDict) -> str | None:
    """How the command of a pod that is not restarted ends; None: it runs on.

    Nothing is executed: `false`, and whatever says `exit` and a number above zero, fails, `sleep
    infinity` runs on, and all else succeeds.
    """
    if pod["spec"].get("restartPolicy") != "Never":
        return None
    first = pod["spec"]["containers"][0]
    words = " ".join([*(first.get("command") or ()), *(first.get("args") or ())])
    if words == "sleep infinity":
        return None
    failing = words.endswith("false") or re.search(r"\bexit [1-9]", words)
    return "Failed" if failing else "Succeeded"


def write_end(pod: RawDict, now: str, outcome: str) -> None:
    """Put the end of its work (Succeeded or Failed) into a running pod's status."""
    code, reason = (0, "Completed") if outcome == "Succeeded" else (1, "Error")
    started = pod["status"].get("startTime", now)
    write_readiness(pod, now, ready=False, crashing=False)
    pod["status"]["phase"] = outcome
    for container in pod["status"].get("containerStatuses") or ():
        ended = {"exitCode": code, "reason": reason, "startedAt": started, "finishedAt": now}
        container["state"] = {"terminated": ended}


def write_readiness(pod: RawDict, now: str, *, ready: bool, crashing: bool) -> None:
    """Put readiness into a running pod's conditions and containers."""
    status = "True" if ready else "False"
    for kind in ("ContainersReady", "Ready"):
        entry = {"type": kind, "status": status, "lastProbeTime": None}
        set_condition(pod["status"], entry, now)
    for each in pod["status"].get("containerStatuses") or ():
        each["ready"] = ready
        if crashing:
            each["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}
            each["restartCount"] = 7
