"""Every recorded exchange with a real API server, sent to the rehearsal's over HTTP.

The same objects are set up, the recorded requests are sent in their order, and status and
body must be the recorded ones, but for what the tables below except, with the reason.
"""

import functools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.rehearsal.kube.kube_lab import Lab
from tests.rehearsal.kube.recorded_setups import SETUPS, recorded

# Fields that differ from run to run, wherever they stand.
VOLATILE = {
    "uid": "made anew",
    "resourceVersion": "counts every write of the cluster",
    "continue": "carries a resourceVersion",
    "creationTimestamp": "the time of the recording",
    "deletionTimestamp": "the time of the recording",
    "lastTransitionTime": "the time of the recording",
    "lastProbeTime": "null on the real server, absent or null here",
    "lastUpdateTime": "the time of the recording",
    "lastHeartbeatTime": "the time of the recording",
    "timeAdded": "the time of the recording",
    "startTime": "the time of the recording",
    "startedAt": "the time of the recording",
    "finishedAt": "the time of the recording",
    "eventTime": "the time of the recording",
    "renewTime": "the test's own value, compared where it is sent",
    "managedFields": "field ownership is not kept",
    "podIP": "the recording's kubelet was a stub with one address",
    "podIPs": "the recording's kubelet was a stub with one address",
    "hostIP": "the recording's kubelet had none",
    "hostIPs": "the recording's kubelet had none",
    "containerStatuses": "the recording's kubelet was a stub: image ids and times are its own",
    "serverAddress": "address of this server",
    "pod-template-hash": "hash of the template, computed another way",
    "topology.kubernetes.io/zone": "the zone of the node of the recording",
    "eks.amazonaws.com/nodegroup": "the recording pins its pods to blue nodes",
    "nodeName": "where the scheduler put it",
    "ownerReferences": "uids and hashed names",
    "generateName": "contains the hash",
    "image": "the test's own",
    "storageVersionHash": "no storage versions here",
}
# Fields the rehearsal adds or leaves out, by scenario or for all.
TOLERATED = {
    "spec.nodeSelector": "the recording pins its pods to blue nodes",
    "status.qosClass": "filled in by defaults, or computed by the kubelet",
    "status.conditions[].observedGeneration": "since 1.34; the rehearsal is older",
    "status.conditions[].reason": "the kubelet's words; Unschedulable is compared by message",
    "metadata.annotations": "the rehearsal's timings",
    "metadata.labels.controller-revision-hash": "hash of the template, computed another way",
    "reportingInstance": "the machine of the recording",
}
# What texts quote of the run: uids, versions in brackets, the endings of Events' names, hashes.
QUOTED = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\(\d+\)|\.[0-9a-f]{16}$|\.[a-z0-9]{5}$"
    r"|(?<=ReplicaSet \"solo-)[a-z0-9]+"
)


WAITS = {("evict-with-budget", 5): 30, ("evict-without-budget", 5): 60, ("statefulset", 2): 60}


class Names:
    """The live pod that plays a recorded one of a generated name."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._known = lab, {}

    def live(self, text: str) -> str:
        for theirs, mine in self._known.items():
            text = text.replace(theirs, mine)
        return text

    def recorded(self, text: str) -> str:
        for theirs, mine in self._known.items():
            text = text.replace(mine, theirs)
        return text

    def learn(self, path: str) -> None:
        parts = path.split("/")
        if "pods" not in parts[:-1] or len(parts) < 7:
            return
        namespace, name = parts[4], parts[6]
        if name in self._known or name.count("-") < 2:
            return
        app = name.rsplit("-", 2)[0]
        taken = set(self._known.values())
        for each in self._lab.cluster.store.list("pods", namespace):
            live = each["metadata"]["name"]
            if live.startswith(f"{app}-") and live not in taken:
                self._known[name] = live
                return


@functools.cache
def played(scenario: str) -> tuple[tuple[int, str], ...]:
    """Each exchange's status and body, names written as recorded."""
    lab = Lab()
    try:
        known = lab.request("GET", "/api/v1/namespaces")[1]  # events are kept from here on
        lab.first_seen = known["metadata"]["resourceVersion"]
        SETUPS[scenario](lab)
        names, answers = Names(lab), []
        for index, exchange in enumerate(recorded(scenario)):
            if index == 0:
                seen = lab.request("GET", "/api/v1/namespaces")[1]["metadata"]
                lab.last_seen = seen["resourceVersion"]
            answers.append(play(lab, names, exchange, WAITS.get((scenario, index), 0)))
        assert lab.server.failures == lab.clock.failures == []
        return tuple(answers)
    finally:
        lab.stop()


def play(lab: Lab, names: Names, exchange: dict[str, Any], wait: float) -> tuple[int, str]:
    if "request" not in exchange:  # what a watch sent after the exchange before
        lab.settle(60)
        query = {"watch": "1", "resourceVersion": lab.last_seen, "timeoutSeconds": "0.2"}
        events = lab.request("GET", exchange["watch"]["path"], query=query)[1]
        return 200, json.dumps(events)
    if wait:
        lab.settle(wait)
    request, unknown = exchange["request"], exchange["note"] == "unknown token"
    names.learn(request["path"])
    body = json.loads(names.live(json.dumps(request["body"])))
    body = with_live_versions(lab, body)
    status, answer = lab.request(
        request["method"],
        names.live(request["path"]),
        body,
        query=with_live_token(lab, request["query"]),
        headers={
            "Content-Type": request["content_type"],
            "Authorization": f"Bearer {'unknown' if unknown else lab.token}",
        },
    )
    return status, names.recorded(json.dumps(answer))


def with_live_versions(lab: Lab, body: Any) -> Any:
    """A body carries the uid and version the server gave: here those of this server's lease."""
    lease = lab.cluster.store.find("leases", "kube-system", "eks-upgrade")
    if lease is None or not isinstance(body, dict):
        return body
    # In the recording the lease was created at version 244 and replaced once, at 245.
    lab.first_version = getattr(lab, "first_version", lease["metadata"]["resourceVersion"])
    versions = {"244": lab.first_version, "245": lease["metadata"]["resourceVersion"]}
    for part in (body.get("metadata") or {}, body.get("preconditions") or {}):
        if "uid" in part:
            part["uid"] = lease["metadata"]["uid"]
        if "resourceVersion" in part:
            part["resourceVersion"] = versions[part["resourceVersion"]]
    return body


def with_live_token(lab: Lab, query: dict[str, str]) -> dict[str, str]:
    """The continue token of the page before; a nonsensical one stays. Version 1: the first kept."""
    if query.get("watch"):
        return {**query, "resourceVersion": lab.first_seen, "timeoutSeconds": "0.2"}
    if not query.get("continue", "").startswith("eyJ"):
        return query
    first = {key: value for key, value in query.items() if key != "continue"}
    page = lab.request("GET", "/api/v1/pods", query=first)[1]
    return {**first, "continue": page["metadata"]["continue"]}


def stripped(value: Any) -> Any:
    """Without what is volatile."""
    if isinstance(value, dict):
        return {key: stripped(each) for key, each in value.items() if key not in VOLATILE}
    if isinstance(value, str):
        return QUOTED.sub("...", value)
    return [stripped(each) for each in value] if isinstance(value, list) else value


def differences(theirs: Any, mine: Any, path: str = "") -> list[str]:
    """What the recording has and the rehearsal has not, or has otherwise."""
    general = path.lstrip(".").removeprefix("items[].")
    if general in TOLERATED:
        return []
    if isinstance(theirs, dict) and isinstance(mine, dict):
        return [
            line
            for key, value in theirs.items()
            for line in differences(value, mine.get(key), f"{path}.{key}")
        ]
    if isinstance(theirs, list) and isinstance(mine, list):
        if len(theirs) != len(mine):
            return [f"{path}: {len(theirs)} recorded, {len(mine)} here"]
        pairs = zip(in_order(theirs), in_order(mine), strict=True)
        return [line for a, b in pairs for line in differences(a, b, f"{path}[]")]
    return [] if theirs == mine else [f"{path}: recorded {theirs!r}, here {mine!r}"]


def in_order(items: list[Any]) -> list[Any]:
    """Conditions and tolerations are sets: in the order of their names."""
    if all(isinstance(each, dict) and ("type" in each or "key" in each) for each in items):
        return sorted(items, key=lambda each: str(each.get("type") or each.get("key")))
    return items


CASES = [
    pytest.param(scenario, index, id=f"{scenario}-{index}-{exchange.get('note') or 'get'}")
    for scenario in SETUPS
    for index, exchange in enumerate(recorded(scenario))
    if "request" in exchange
]


def lives(events: list[dict[str, Any]]) -> list[list[tuple[str, str, bool]]]:
    """What a watch sends of each pod: (event, phase, going), once however often repeated.

    Pods of the recording were Ready as soon as they ran; here they run a while before.
    """
    events: dict[str, list[tuple[str, str, bool]]] = {}
    for event in events:
        meta, phase = event["object"]["metadata"], event["object"].get("status", {}).get("phase")
        if event["type"] == "BOOKMARK":
            continue
        step = (event["type"], phase, "deletionTimestamp" in meta)
        seen = events.setdefault(meta["uid"], [])
        if step not in seen:
            seen.append(step)
    return sorted(events.values())


@pytest.mark.parametrize(("scenario", "index"), CASES)
def test_the_rehearsal_answers_as_the_real_server_did(scenario: str, index: int) -> None:
    response = recorded(scenario)[index]["response"]
    status, text = played(scenario)[index]
    mine, theirs = json.loads(text), response["body"]
    assert (status, mine if status != response["status"] else "") == (response["status"], "")
    if isinstance(theirs, str) and theirs.startswith("{"):  # a watch: one event per line
        theirs = [json.loads(line) for line in theirs.splitlines()]
        assert lives(mine) == lives(theirs)
        return
    assert differences(stripped(theirs), stripped(mine)) == []


WATCHES = [
    pytest.param(scenario, index, id=f"{scenario}-{index}")
    for scenario in SETUPS
    for index, exchange in enumerate(recorded(scenario))
    if "watch" in exchange and exchange["watch"]["path"].endswith("/pods")
]


@pytest.mark.parametrize(("scenario", "index"), WATCHES)
def test_a_watch_tells_the_life_of_pods_as_the_real_server_did(scenario: str, index: int) -> None:
    assert lives(json.loads(played(scenario)[index][1])) == lives(
        recorded(scenario)[index]["watch"]["events"]
    )


def entries(body: dict[str, Any]) -> dict[str, Any]:
    return {
        each["name"]: {key: value for key, value in each.items() if key != "storageVersionHash"}
        for each in body["resources"]
    }


@pytest.mark.parametrize("path", ["/api/v1", "/apis/apps/v1", "/apis/policy/v1"])
def test_each_kind_is_discovered_as_the_real_server_shows_it(lab: Lab, path: str) -> None:
    theirs = next(e for e in recorded("discovery") if e["request"]["path"] == path)
    status, mine = lab.request("GET", path)
    known = entries(theirs["response"]["body"])
    assert status == 200
    assert entries(mine) == {name: known[name] for name in entries(mine)}


@pytest.mark.parametrize("path", ["/readyz", "/livez", "/api"])
def test_small_discovery_documents_are_the_recorded_ones(lab: Lab, path: str) -> None:
    theirs = next(e for e in recorded("discovery") if e["request"]["path"] == path)
    assert stripped(lab.request("GET", path)[1]) == stripped(theirs["response"]["body"])


def test_each_group_is_listed_as_the_real_server_lists_it(lab: Lab) -> None:
    theirs = next(e for e in recorded("discovery") if e["request"]["path"] == "/apis")
    known = theirs["response"]["body"]["groups"]
    listed = lab.request("GET", "/apis")[1]["groups"]
    # Karpenter's kinds are of those clusters alone where it is installed; here they always are.
    assert all(one in known for one in listed if not one["name"].startswith("karpenter."))


def test_the_version_has_the_fields_of_the_real_one(lab: Lab) -> None:
    theirs = next(e for e in recorded("discovery") if e["request"]["path"] == "/version")
    mine = lab.request("GET", "/version")[1]
    newer = {"emulationMajor", "emulationMinor", "minCompatibilityMajor", "minCompatibilityMinor"}
    assert mine.keys() == theirs["response"]["body"].keys() - newer
    assert (mine["major"], mine["minor"]) == ("1", "25+")


@pytest.fixture(name="lab")
def a_lab() -> Iterator[Lab]:
    made = Lab()
    yield made
    made.stop()
    assert made.server.failures == made.clock.failures == []
