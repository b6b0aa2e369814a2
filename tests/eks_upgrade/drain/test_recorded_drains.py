"""Our engine on what a real kubectl drained on a real server: every recorded case, end to end."""

import base64
import json
from pathlib import Path

import pytest

from include.eks_upgrade.kube.connection.access import ClusterAccess
from tests.eks_upgrade.drain.twins import SPEED, options_of, refused_by_kubectl, run_engine
from tests.rehearsal.kube.kube_lab import Lab
from tests.rehearsal.kube.test_kubectl import anonymous, set_up

RECORDING = Path(__file__).parents[2] / "recordings/kubectl-drain.json"
CASES = {each["case"]: each for each in json.loads(RECORDING.read_text())["cases"]}
NODE = "blue-0"

DIFFERENT = {
    # What is refused is not cordoned either: a refusal touches nothing.
    "daemonset-only": {"cordoned": False},
    "emptydir": {"cordoned": False},
    "bare": {"cordoned": False},
    "all-three": {"cordoned": False},
    # Both reasons against a pod are named where kubectl stops at the first; with --force there is
    # but one left, as in the recording.
    "bare-with-emptydir": {"cordoned": False},
}
"""Where we differ from kubectl on purpose; everything else ends as recorded."""


@pytest.fixture(name="lab")
def _lab():
    made = Lab(speed=SPEED)
    yield made
    made.stop()
    assert made.server.failures == made.clock.failures == []


def recorded(case):
    """How it ended on the real server, as a `twins.Ended`."""
    refused = refused_by_kubectl(case["stderr"])
    how = "drained" if case["exit_code"] == 0 else "blocked"
    if refused:
        how = "refused"
    elif case["exit_code"] and not case["stdout"]:
        how = "error"
    return {
        "how": how,
        "refused": {anonymous(pod): set(reasons) for pod, reasons in refused.items()},
        "left": sorted(map(anonymous, case["left_on_node"])),
        "cordoned": case["cordoned"],
    }


def flags_of(case):
    """`--pod-selector tier=move` as one word."""
    return "\n".join(case["flags"]).replace("--pod-selector\n", "--pod-selector=").splitlines()


def patience(case):
    """Real seconds until the recorded `--timeout=8s`; without one, until something is wrong."""
    return 8 / SPEED if "--timeout=8s" in case["flags"] else 30.0


async def ours(lab, case):
    authority = base64.b64encode(lab.server.ca_pem.encode()).decode()
    access = ClusterAccess(lab.url, authority, lambda: lab.token)
    node = NODE if case["case"] != "no-such-node" else "no-such-node"
    options = options_of(flags_of(case))
    how, refused, output = await run_engine(access, node, options, patience(case))
    with lab.clock.lock:
        lab.clock.run_due()
        left = [anonymous(pod["metadata"]["name"]) for pod in lab.cluster.pods_on(NODE)]
        spec = lab.cluster.store.get("nodes", None, NODE)["spec"]
    return {
        "how": how,
        "refused": {anonymous(pod): set(reasons) for pod, reasons in refused.items()},
        "left": sorted(left),
        "cordoned": bool(spec.get("unschedulable")),
    }, output


@pytest.mark.parametrize("name", CASES)
async def test_a_recorded_drain_ends_as_kubectls_did(lab, name):
    lab.add_node(NODE)
    set_up(lab, CASES[name])
    found, output = await ours(lab, CASES[name])
    assert found == recorded(CASES[name]) | DIFFERENT.get(name, {}), output
    if found["how"] == "error":  # as kubectl says it, after `Error from server (NotFound): `
        assert CASES[name]["stderr"].rpartition("): ")[2].strip() in output


def test_the_table_of_differences_holds_nothing_that_is_the_same():
    for name, differing in DIFFERENT.items():
        same = differing.items() & {k: recorded(CASES[name])[k] for k in differing}.items()
        assert not same, name


def test_every_way_to_end_is_recorded():
    ways = {recorded(case)["how"] for case in CASES.values()}
    assert ways == {"drained", "refused", "blocked", "error"}
