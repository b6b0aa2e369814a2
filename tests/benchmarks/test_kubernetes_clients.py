"""The comparison of client libraries runs from end to end, and its fake server is strict."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from benchmarks.kubernetes_clients.__main__ import sorted_out
from benchmarks.kubernetes_clients.common import EXPIRED_PREFIX, EXPIRED_TOKEN, refusal
from benchmarks.kubernetes_clients.server import FakeApi
from benchmarks.kubernetes_clients.table import Measured, need_lines, number_lines

ROOT = Path(__file__).parents[2]
POD = "/api/v1/namespaces/watch/pods/web-0"
BY_UID = {"preconditions": {"uid": "uid-0"}}
NUMBERS = {"import_wall": 0.5, "import_cpu": 0.25, "cpu": 2.0, "memory": 50_000_000}


def benchmark(*words):
    command = [sys.executable, "-m", "benchmarks.kubernetes_clients", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)


def squeezed(line):
    return " ".join(line.split())


def test_it_prints_its_tables_for_our_own_client():
    done = benchmark("--only=ours", "--events=20", "--pods=5", "--imports=1")
    assert done.returncode == 0, done.stdout + done.stderr
    said, numbers, needs = done.stdout.strip().split("\n\n")
    assert said == "5 pods listed, 20 events watched"
    heads, ours = numbers.splitlines()
    assert squeezed(heads) == (
        "contestant import s / ours CPU s / ours watch CPU s / ours peak MB / ours"
    )
    name, *cells = ours.split()
    assert (name, cells[1::2]) == ("ours", ["1.00"] * 4)
    assert all(float(cell) > 0 for cell in cells[0::2])
    _, ours = needs.splitlines()
    assert [cell.strip() for cell in ours.split("  ") if cell][2:] == [
        "none on disk",
        "calls it again at 401 (2)",
        "yes",
        "yes",
        "lists again",
    ]


def test_it_says_so_and_fails_when_the_time_is_over():
    done = benchmark("--only=ours", "--events=20", "--pods=5", "--imports=1", "--limit=0")
    assert done.returncode == 1
    assert done.stdout == "ours: left out, for --limit is over\n"


def test_a_library_that_is_not_installed_is_left_out_with_a_line():
    present, missing = sorted_out(["kr8s", "lightkube"], has=lambda package: package != "kr8s")
    assert present == ["ours", "lightkube"]
    assert missing == ["kr8s: left out, for kr8s is not installed"]


def test_each_number_stands_beside_its_ratio_to_ours():
    other = {**NUMBERS, "cpu": 5.0}
    lines = number_lines(
        [Measured("ours", "1", NUMBERS), Measured("late", failure="x"), Measured("o", "1", other)]
    )
    assert squeezed(lines[1]) == "ours 0.50 1.00 0.25 1.00 2.00 1.00 50 1.00"
    assert squeezed(lines[2]) == "o 0.50 1.00 0.25 1.00 5.00 2.50 50 1.00"


def test_an_ability_that_was_not_tried_is_a_dash():
    assert need_lines([Measured("ours", "1", needs={"evict": "yes"})])[1].split() == [
        *("ours", "1", "-", "-", "yes", "-", "-")
    ]


@pytest.mark.parametrize(
    ("causes", "retry_after", "said"),
    [
        pytest.param([{"reason": "DisruptionBudget"}], "10", "yes", id="all of it"),
        pytest.param([{"reason": "DisruptionBudget"}], None, "lacks Retry-After", id="no header"),
        pytest.param(None, "10", "lacks cause", id="no causes"),
        pytest.param([], None, "lacks cause, Retry-After", id="neither"),
    ],
)
def test_what_could_not_be_read_of_a_refusal_is_named(causes, retry_after, said):
    assert refusal(causes, retry_after) == said


@pytest.fixture
async def api():
    async with TestClient(TestServer(FakeApi(pods=3, events=4).app())) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        pytest.param("POST", f"{POD}/eviction", {"deleteOptions": BY_UID}, 429, id="by uid"),
        pytest.param("POST", f"{POD}/eviction", {}, 409, id="an eviction of any namesake"),
        pytest.param("DELETE", POD, BY_UID, 200, id="a deletion by uid"),
        pytest.param("DELETE", POD, None, 409, id="a deletion of any namesake"),
    ],
)
async def test_the_fake_server_insists_on_the_uid(api, method, path, body, status):
    async with api.request(method, path, json=body) as answer:
        assert answer.status == status


async def test_the_fake_server_refuses_a_token_that_has_ended(api):
    ended = {"Authorization": f"Bearer {EXPIRED_TOKEN}"}
    async with api.get("/api/v1/pods", headers=ended) as answer:
        assert answer.status == 401


async def test_the_fake_server_lists_in_pages(api):
    async with api.get("/api/v1/pods", params={"limit": "2"}) as answer:
        page = await answer.json()
    async with api.get("/api/v1/pods", params={"limit": "2", "continue": "2"}) as answer:
        rest = await answer.json()
    assert [len(page["items"]), len(rest["items"])] == [2, 1]
    assert page["metadata"] == {"resourceVersion": "1000", "continue": "2"}
    assert rest["metadata"] == {"resourceVersion": "1000"}


async def test_only_the_first_list_of_a_selector_is_too_old_to_be_watched(api):
    selector = {"labelSelector": f"{EXPIRED_PREFIX}-1"}
    versions = []
    for _ in range(2):
        async with api.get("/api/v1/pods", params=selector) as answer:
            versions.append((await answer.json())["metadata"]["resourceVersion"])
    assert versions == ["1", "1000"]
    async with api.get("/api/v1/pods", params={"watch": "1", "resourceVersion": "1"}) as answer:
        event = json.loads(await answer.text())
    assert (event["type"], event["object"]["code"]) == ("ERROR", 410)
