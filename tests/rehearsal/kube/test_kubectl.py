"""The real kubectl against the rehearsal: TLS, an EKS token, simulated time at speed."""

import base64
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsal.kube.kube_lab import Lab, budget, deployment, pod

KUBECTL = Path(__file__).parents[3] / ".venv/bin/kubectl"
RECORDING = Path(__file__).parents[2] / "recordings/kubectl-drain.json"
CASES = {each["case"]: each for each in json.loads(RECORDING.read_text())["cases"]}
SPEED = 30.0

Run = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture(name="lab")
def a_lab() -> Iterator[Lab]:
    made = Lab(speed=SPEED)
    yield made
    made.stop()
    assert made.server.failures == made.clock.failures == []


@pytest.fixture(name="kubectl")
def a_kubectl(lab: Lab, tmp_path: Path) -> Run:
    authority = base64.b64encode(lab.server.ca_pem.encode()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "demo",
                "cluster": {"server": lab.url, "certificate-authority-data": authority},
            }
        ],
        "users": [{"name": "demo", "user": {"token": lab.token}}],
        "contexts": [{"name": "demo", "context": {"cluster": "demo", "user": "demo"}}],
        "current-context": "demo",
    }
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config))
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBECONFIG": str(path)}

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [KUBECTL, *command.split()],
            check=False,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.fixture(name="shop")
def a_shop(lab: Lab) -> Lab:
    lab.add_node("blue-0")
    lab.add_node("blue-1")
    agent = {**deployment("agent", namespace="kube-system"), "kind": "DaemonSet"}
    agent["spec"].pop("replicas")
    with lab.clock.lock:
        for each in (
            deployment("web", 3),
            budget("web", "web", minAvailable=2),
            pod("bare"),
            agent,
        ):
            lab.cluster.apply(each)
    lab.settle()
    return lab


@pytest.mark.parametrize(
    ("command", "message"),
    [
        pytest.param("get nodes -o wide", "KERNEL-VERSION", id="nodes wide"),
        pytest.param("get nodes -l eks.amazonaws.com/nodegroup=blue", "blue-1", id="by label"),
        pytest.param("get pods -A", "1/1     Running", id="pods"),
        pytest.param("get pods -A -o wide", "NOMINATED NODE", id="pods wide"),
        pytest.param("get deploy,ds,sts,rs,pdb,lease,ns -A", "3/3", id="many kinds"),
        pytest.param("get pod bare -n shop -o yaml", "kind: Pod", id="yaml"),
        pytest.param("describe node blue-0", "Non-terminated Pods:", id="describe node"),
        pytest.param("describe pdb web -n shop", "Allowed disruptions:  1", id="describe budget"),
        pytest.param("api-resources", "poddisruptionbudgets", id="api-resources"),
        pytest.param("version", "Server Version: v1.25", id="version"),
        pytest.param("auth can-i create pods/eviction", "yes", id="can-i"),
        pytest.param("cordon blue-0", "node/blue-0 cordoned", id="cordon"),
        pytest.param("label node blue-0 a=b", "labeled", id="label"),
        pytest.param("annotate node blue-0 a=b", "annotated", id="annotate"),
        pytest.param("taint node blue-0 a=b:NoSchedule", "tainted", id="taint"),
        pytest.param("scale deploy web -n shop --replicas=4", "scaled", id="scale"),
        pytest.param("rollout status deploy/web -n shop --timeout=20s", "rolled out", id="rollout"),
        pytest.param(
            "wait --for=condition=Ready pod --all -n shop --timeout=20s", "condition met", id="wait"
        ),
        pytest.param("delete pod bare -n shop --wait --timeout=20s", "deleted", id="delete"),
    ],
)
def test_a_command_works(shop: Lab, kubectl: Run, command: str, message: str) -> None:
    done = kubectl(command)
    assert (done.returncode, message in done.stdout) == (0, True), done.stdout + done.stderr


def test_what_is_cordoned_is_shown_and_uncordoned(shop: Lab, kubectl: Run) -> None:
    kubectl("cordon blue-0")
    assert "Ready,SchedulingDisabled" in kubectl("get nodes").stdout
    assert "node/blue-0 uncordoned" in kubectl("uncordon blue-0").stdout
    assert "SchedulingDisabled" not in kubectl("get nodes").stdout


def test_a_right_taken_away_is_told_by_can_i(shop: Lab, kubectl: Run) -> None:
    shop.server.forbid("create", "pods/eviction")
    done = kubectl("auth can-i create pods --subresource=eviction")
    assert (done.returncode, done.stdout.strip()) == (1, "no")


def test_a_restarted_rollout_is_followed_to_its_end(shop: Lab, kubectl: Run) -> None:
    before = {each["metadata"]["uid"] for each in shop.cluster.store.list("pods", "shop")}
    kubectl("rollout restart deploy/web -n shop")
    assert kubectl("rollout status deploy/web -n shop --timeout=30s").returncode == 0
    after = {  # a rollout is over before its last old pod has stopped
        each["metadata"]["uid"]
        for each in shop.cluster.store.list("pods", "shop")
        if "deletionTimestamp" not in each["metadata"]
    }
    assert len(after & before) == 1  # the pod without controller


def test_a_drain_moves_pods_as_the_budget_lets_them(shop: Lab, kubectl: Run) -> None:
    done = kubectl("drain blue-0 --ignore-daemonsets --delete-emptydir-data --force --timeout=40s")
    assert (done.returncode, "node/blue-0 drained" in done.stdout) == (0, True), done.stderr
    left = shop.cluster.pods_on("blue-0")
    assert [each["metadata"]["namespace"] for each in left] == ["kube-system"]


@pytest.mark.parametrize("name", CASES)
def test_kubectl_drain_ends_as_on_the_real_server(lab: Lab, kubectl: Run, name: str) -> None:
    case = CASES[name]
    lab.add_node("blue-0")
    set_up(lab, case)
    flags = " ".join(each.replace("--timeout=8s", "--timeout=2s") for each in case["flags"])
    node = "no-such-node" if name == "no-such-node" else "blue-0"
    done = kubectl(f"drain {node} {flags}")

    assert done.returncode == case["exit_code"], done.stdout + done.stderr
    assert said(done.stdout) == said(case["stdout"])
    assert said(done.stderr) == said(case["stderr"])
    # What controllers made since is Pending: only this node is there, and it is cordoned.
    left = {anonymous(each["metadata"]["name"]) for each in lab.cluster.pods_on("blue-0")}
    assert left == {anonymous(each) for each in case["left_on_node"]}
    spec = lab.cluster.store.get("nodes", None, "blue-0")["spec"]
    assert spec.get("unschedulable", False) is case["cordoned"]


def anonymous(text: str) -> str:
    """Without the ending of a DaemonSet's pods, which its controller here made anew."""
    return re.sub(r"\bagent-\w{5}\b", "agent-*", text)


def set_up(lab: Lab, case: dict[str, Any]) -> None:
    """The recorded pods under their names, each below an owner of the recorded kind."""
    store = lab.cluster.store
    with lab.clock.lock:
        store.create("namespaces", {"metadata": {"name": "d"}})
        for each in case["pods"]:
            meta = {**each["metadata"]}
            owners = [dict(owner) for owner in meta.get("ownerReferences", ())]
            for owner in owners:
                owner["uid"] = adopted(lab, owner, meta.get("labels", {}))
            meta["ownerReferences"] = owners
            store.create("pods", {**each, "metadata": meta})
        for each in case["budgets"]:
            store.create("poddisruptionbudgets", {**each, "status": each.get("status", {})})
    lab.settle()


def adopted(lab: Lab, owner: dict[str, Any], labels: dict[str, str]) -> str:
    """The uid of the pod's owner, made for it when it is not there."""
    plural = f"{owner['kind'].lower()}s"
    found = lab.cluster.store.find(plural, "d", owner["name"])
    if found is None:
        volatile = (
            "controller-revision-hash",
            "pod-template-generation",
            "topology.kubernetes.io/zone",
        )
        kept = {key: value for key, value in labels.items() if key not in volatile}
        workload = deployment(owner["name"], 1, namespace="d")
        workload |= {"kind": owner["kind"]}
        workload["spec"]["selector"]["matchLabels"] = kept
        workload["spec"]["template"]["metadata"]["labels"] = kept
        found = lab.cluster.apply(workload)
    return str(found["metadata"]["uid"])


def said(text: str) -> list[str]:
    """The lines and the problems within one, sorted (kubectl's order varies), without retries."""
    text = re.sub(r"global timeout reached: \d+s", "global timeout reached", anonymous(text))
    text = re.sub(r"\[(.*)\]", lambda found: ", ".join(sorted(found[1].split(", "))), text)
    lines = [line for line in text.splitlines() if "will retry after" not in line]
    sorted_words = [
        "; ".join(sorted(line.removeprefix("Warning: ").split("; ")))
        if line.startswith("Warning: ")
        else line
        for line in lines
    ]
    return sorted(set(sorted_words))
