"""What is kept of a drain for good: whatever it moved, it fits, and its counts are exact."""

import json
from typing import Any

import pytest

from include.eks_upgrade.drain.account import LIMIT, account_of, short_list, short_message

LONG = "an-application-with-a-name-as-people-give-them-5f7d8c9b6d"


def pod(number: int, *, nodes: int, **more: Any) -> dict[str, Any]:
    return {
        "pod": f"team-{number % 40}/{LONG}-{number:05d}",
        "node": node_name(number % nodes),
        "fate": "evicted",
        "asked": "2026-11-24T03:12:45+00:00",
        "gone": "2026-11-24T03:13:45+00:00",
        "seconds": float(number % 500),
        "waited_for": "",
        **more,
    }


def node_name(number: int) -> str:
    return f"ip-10-{number // 250}-{number % 250}-17.eu-central-1.compute.internal"


def result(pods: int, nodes: int, **more: Any) -> dict[str, Any]:
    each = {node_name(n): len(range(n, pods, nodes)) for n in range(nodes)}
    return {
        "moved": pods,
        "by_node": each,
        "nodes": [
            {"name": name, "moved": moved, "seconds": float(n), "fates": {}, "waits": {LONG: 3}}
            for n, (name, moved) in enumerate(each.items())
        ],
        "pods": [pod(n, nodes=nodes) for n in range(min(pods, 2000))],
        "pods_left_out": max(0, pods - 2000),
        **more,
    }


OBSTACLE = {"what": f"disruption budget shop/{LONG} held pods back", "passed_by": "waiting"}
ANSWER = {"option": "wait on", "who": "Ada", "at": "2026", "classes": ["refused"]}
SIZES = [
    pytest.param(0, 1, id="nothing"),
    pytest.param(3, 2, id="a few pods"),
    pytest.param(667, 34, id="one of thirty groups"),
    pytest.param(20_000, 1000, id="a thousand nodes in one group"),
    pytest.param(100, 5000, id="nodes without pods"),
]


@pytest.mark.parametrize(("pods", "nodes"), SIZES)
def test_an_account_fits_and_its_counts_are_exact(pods: int, nodes: int) -> None:
    many = max(1, pods // 10)
    workloads = [{"workload": f"Deployment shop/{LONG}-{n}", "lowest": 1} for n in range(many)]
    answers = [{**ANSWER, "pods": [f"shop/{LONG}-{n}" for n in range(pods)]}] * 20
    whole = result(pods, nodes, workloads=workloads, workloads_left_out=7, answers=answers)
    account, obstacles = account_of(whole, [OBSTACLE] * many)
    assert len(json.dumps([account, obstacles])) <= LIMIT
    assert account["moved"] == pods
    assert len(account["pods"]) + account["pods_left_out"] == pods
    assert len(account["workloads"]) + account["workloads_left_out"] == many + 7
    left = account.get("nodes_left_out", {"nodes": 0, "moved": 0})
    assert len(account["by_node"]) + left["nodes"] == nodes
    assert sum(account["by_node"].values()) + left["moved"] == pods
    assert {node["name"] for node in account["nodes"]} == set(account["by_node"])


def test_a_small_drain_is_kept_whole() -> None:
    whole = result(20, 4, answers=[{**ANSWER, "pods": ["shop/a"]}])
    account, obstacles = account_of(whole, [OBSTACLE])
    assert {key: account[key] for key in ("by_node", "nodes", "answers")} == {
        key: whole[key] for key in ("by_node", "nodes", "answers")
    }
    assert len(account["pods"]) == 20
    assert obstacles == [OBSTACLE]
    assert "nodes_left_out" not in account


def test_what_people_look_for_is_kept_of_many_pods() -> None:
    whole = result(2000, 30)
    there = pod(1999, nodes=30, gone=None, seconds=None, fate="still there")
    waited = pod(3, nodes=30, waited_for="budget_full: shop/web", seconds=1.0)
    whole["pods"] += [waited, there]
    pods = account_of(whole)[0]["pods"]
    assert pods[:2] == [there, waited]
    assert pods[2]["seconds"] == 499.0


def test_the_slowest_nodes_are_kept_of_many() -> None:
    account, _ = account_of(result(20_000, 1000))
    assert account["nodes"][-1]["name"] == node_name(999)
    assert node_name(0) not in account["by_node"]


def test_a_long_message_ends_with_how_much_more_there_is() -> None:
    lines = [f"{number}. pod shop/{LONG}-{number} is blocked" for number in range(5000)]
    short = short_message("\n".join(lines))
    assert len(short) < LIMIT
    assert short.splitlines()[0] == lines[0]
    assert "more lines; the task's log has all of them" in short.splitlines()[-1]
    assert short_message("plain") == "plain"
    assert len(short_message("x" * 10**6)) < LIMIT


def test_a_long_list_keeps_its_first_items() -> None:
    blocks = [{"pod": f"shop/{LONG}-{n}", "text": "zero allowed"} for n in range(5000)]
    kept = short_list(blocks)
    assert blocks[: len(kept)] == kept
    assert len(json.dumps(kept)) <= LIMIT
