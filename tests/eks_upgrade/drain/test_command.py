"""Draining without Airflow: kubectl's flags, the engine's messages, exit code 0 or 1."""

import base64
import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from include.eks_upgrade.common.time.go_duration import seconds_of
from include.eks_upgrade.drain.cli.arguments import KNOWN, arguments, options_of, target_of
from include.eks_upgrade.drain.cli.unknown_flags import INSTEAD
from include.eks_upgrade.drain.options import DEFAULTS, DrainOptions
from include.eks_upgrade.drain.target import Target

ROOT = Path(__file__).parents[3]


class Command:
    """The command line against the stage's cluster."""

    def __init__(self, stage, folder):
        self.stage, self.folder, self.started = stage, folder, []
        self.file = folder / "result.json"
        authority = base64.b64encode(stage.server.ca_pem.encode()).decode()
        place = {"server": stage.server.url("demo"), "certificate-authority-data": authority}
        config = {
            "clusters": [{"name": "c", "cluster": place}],
            "users": [{"name": "u", "user": {"token": stage.token()}}],
            "contexts": [{"name": "demo", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "demo",
        }
        (folder / "kubeconfig").write_text(json.dumps(config))

    def start(self, *flags):
        common = ["--kubeconfig", self.folder / "kubeconfig", "--json", self.file]
        process = subprocess.Popen(
            [sys.executable, "-m", "include.eks_upgrade.drain", *common, *flags],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def end(self):
        for process in self.started:
            process.kill()
            process.communicate()

    def run(self, *flags):
        process = self.start(*flags)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    @property
    def result(self):
        return json.loads(self.file.read_text())

    def cordoned(self):
        with self.stage.clock.lock:
            nodes = self.stage.cluster.store.list("nodes")
        return {n["metadata"]["name"] for n in nodes if n["spec"].get("unschedulable")}


@pytest.fixture
def command(stage, tmp_path):
    """Two old nodes with a Deployment under a budget, an agent on each, and two new nodes."""
    stage.workload("Deployment", "web", 4)
    stage.budget("web", "web", maxUnavailable=1)
    stage.workload("DaemonSet", "agent")
    stage.settle()
    stage.nodes("green", "green-0", "green-1")
    stage.settle()
    command = Command(stage, tmp_path)
    yield command
    command.end()


def test_it_drains_the_selected_nodes_and_says_what_it_did(command, stage):
    code, out, err = command.run(
        *("-l", "eks.amazonaws.com/nodegroup=blue", "--ignore-daemonsets", "--timeout", "40s")
    )
    assert (code, err) == (0, "")
    owners = {
        p["metadata"]["ownerReferences"][0]["kind"] for p in stage.pods_on("blue-0", "blue-1")
    }
    assert owners == {"DaemonSet"}
    assert "node/blue-0 drained\nnode/blue-1 drained\n4 pods moved in" in out
    assert out.count("passed: 2 pods of DaemonSet shop/agent") == 1
    assert (command.result["moved"], command.result["skipped_daemonset"]) == (4, 2)
    assert command.cordoned() == {"blue-0", "blue-1"}


def test_what_the_flags_do_not_allow_is_refused_by_kubectls_flags_and_nothing_is_touched(command):
    code, out, err = command.run("node/blue-0", "blue-1", "--timeout=20s")
    assert (code, out) == (1, "")
    assert err.count("give --ignore-daemonsets") == 1
    assert command.cordoned() == set()
    assert command.result["error"] in err


def test_nodes_that_are_not_there_are_named_as_kubectl_does(command):
    code, _, err = command.run("blue-0", "nope", "nein", "--ignore-daemonsets")
    assert code == 1
    assert 'nodes "nope" not found' in err
    assert 'nodes "nein" not found' in err
    assert command.cordoned() == set()


@pytest.mark.parametrize("how", ["none", "client", "server"])
def test_a_selector_that_finds_nothing_is_an_error_unless_that_is_allowed(command, how):
    flags = ("-l", "no=such", f"--dry-run={how}")
    code, out, err = command.run(*flags)
    assert code == 1
    assert "drained" not in out
    assert "--selector no=such: no node has these labels" in err
    assert "give --allow-empty" in command.result["error"]
    code, _, err = command.run(*flags, "--allow-empty")
    assert (code, err, command.result["nodes"]) == (0, "", [])


@pytest.mark.parametrize(
    "how",
    [pytest.param("client", id="client"), pytest.param("server", id="server")],
)
def test_a_dry_run_names_the_pods_and_changes_nothing(command, stage, how):
    before = {pod["metadata"]["uid"] for pod in stage.pods_on("blue-0", "blue-1")}
    code, out, err = command.run("blue-0", "--ignore-daemonsets", f"--dry-run={how}")
    assert (code, err) == (0, "")
    names = [p["metadata"]["name"] for p in stage.pods_on("blue-0")]
    going = [name for name in names if name.startswith("web-")]
    assert len(going) == 2
    named = [line for line in out.splitlines() if "pod shop/" in line and "dry run" in line]
    assert sorted(line.split("shop/")[1].split()[0] for line in named) == sorted(going)
    assert {pod["metadata"]["uid"] for pod in stage.pods_on("blue-0", "blue-1")} == before
    assert command.cordoned() == set()


def test_at_its_timeout_it_names_every_pod_that_is_left_and_its_budget(command, stage):
    stage.workload("Deployment", "db", 1)
    stage.budget("db", "db", maxUnavailable=0)
    stage.settle()
    code, _, err = command.run("green-0", "green-1", "--ignore-daemonsets", "--timeout=3s")
    assert code == 1
    assert err.startswith("error: ")
    assert "pod shop/db-" in err
    assert "budget shop/db (maxUnavailable 0)" in err
    assert [block["class"] for block in command.result["blocks"]] == ["never_allowed"]


def test_told_to_fail_it_does_not_wait_for_its_timeout(command, stage):
    stage.workload("Deployment", "db", 1)
    stage.budget("db", "db", maxUnavailable=0)
    stage.settle()
    code, _, err = command.run(
        *("green-0", "green-1", "--ignore-daemonsets", "--when-blocked", "never_allowed=fail")
    )
    assert code == 1
    assert "never_allowed" in err


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT, id="Ctrl-C"), pytest.param(signal.SIGTERM, id="TERM")]
)
def test_interrupted_it_says_what_is_left_and_that_nodes_stay_cordoned(command, stage, number):
    stage.budget("none", "web", minAvailable=4)  # with the other: no pod may ever go
    process = command.start("blue-0", "blue-1", "--ignore-daemonsets")
    assert any("pods gone" in line for line in process.stdout)
    began = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert time.monotonic() - began < 5
    assert "0 pods have moved, 4 are left" in err
    assert "2 nodes stay cordoned (blue-0, blue-1)" in err
    assert "Traceback" not in err
    assert command.cordoned() == {"blue-0", "blue-1"}
    assert len(command.result["nodes"]) == 2


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("0", 0, id="zero needs no unit"),
        pytest.param("0s", 0, id="0s"),
        pytest.param("90s", 90, id="seconds"),
        pytest.param("5m", 300, id="minutes"),
        pytest.param("1h5m3.5s", 3903.5, id="all units"),
        pytest.param("1.5h", 5400, id="a part of an hour"),
        pytest.param("250ms", 0.25, id="milliseconds"),
    ],
)
def test_durations_are_read_as_go_reads_them(text, seconds):
    assert seconds_of(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "5x", "m", "5m3", "-5s", "5 m"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="is no duration"):
        seconds_of(text)


def test_without_flags_a_drain_may_do_as_little_as_kubectl_and_has_no_limit():
    asked = arguments(["a", "node/b", "a"])
    assert target_of(asked) == Target.named(("a", "b"))
    # kubectl does nothing about load balancers either.
    kubectls = {"ignore_daemonsets": False, "load_balancer_drain_seconds": 0}
    assert options_of(asked) == replace(DEFAULTS, timeout_minutes=float("inf"), **kubectls)


def test_every_flag_reaches_its_option():
    argv = (
        "-l a=b,c!=d --ignore-daemonsets --delete-emptydir-data=true --force=false"
        " --disable-eviction --grace-period 0 --timeout 90s --pod-selector tier=move"
        " --dry-run=server --when-blocked refused=delete --when-blocked budget_full=fail"
        " --may-delete-blocked-pods --delete-blocked-after 1m --delete-pause 5s"
        " --exclude-from-load-balancers --requests-per-second 7"
        " --requests-per-second 7 --unbudgeted-workloads at_once --unready-patience 3m"
        " --single-replicas restart --nodes-at-once 25% --running-jobs evict --job-patience 5m"
    )
    asked = arguments(argv.split())
    assert target_of(asked) == Target.labelled("a=b,c!=d")
    assert options_of(asked) == DrainOptions(
        ignore_daemonsets=True,
        delete_emptydir_data=True,
        force_unmanaged_pods=False,
        grace_period_seconds=0,
        timeout_minutes=1.5,
        pod_selector="tier=move",
        disable_eviction=True,
        dry_run=True,
        requests_per_second=7.0,
        when_blocked={"refused": "delete", "budget_full": "fail"},
        may_delete_blocked_pods=True,
        delete_blocked_after_minutes=1.0,
        delete_pause_seconds=5.0,
        load_balancer_drain_seconds=DEFAULTS.load_balancer_drain_seconds,
        unbudgeted_workloads="at_once",
        unready_patience_minutes=3.0,
        single_replicas="restart",
        nodes_at_once="25%",
        running_jobs="evict",
        job_patience_minutes=5.0,
    )


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        pytest.param("", "name the nodes", id="no nodes"),
        pytest.param("a -l b=c", "cannot specify both a node name and a --selector", id="both"),
        pytest.param("a --timeout 5", "'5' is no duration", id="no unit"),
        pytest.param("a --pod-selector a=b=c", "selector 'a=b=c'", id="pod selector"),
        pytest.param("-l a=b=c", "selector 'a=b=c'", id="selector"),
        pytest.param("a --requests-per-second 0", "no rate above 0", id="rate"),
        pytest.param("a --nodes-at-once 0", "neither a number of nodes", id="no nodes at once"),
        pytest.param("a --running-jobs stop", "invalid choice", id="running jobs"),
        pytest.param("a --when-blocked refused", "not CLASS=ANSWER", id="no answer"),
        pytest.param("a --when-blocked x=wait", "no such class", id="no such class"),
        pytest.param("a --when-blocked refused=x", "'x' is no answer", id="no such answer"),
        pytest.param("a --when-blocked refused=ask", "nobody to ask", id="ask"),
        pytest.param(
            "a --when-blocked refused=delete", "--may-delete-blocked-pods", id="delete unallowed"
        ),
        pytest.param(
            "a --ignore-daemonset", "is --ignore-daemonsets meant?", id="a flag cut short"
        ),
        pytest.param("a --ignore_daemonsets", "--ignore-daemonsets meant?", id="an underscore"),
        pytest.param("a --pod-slector=b", "is --pod-selector meant?", id="a letter left out"),
        pytest.param("a --xyzzy", "there is none like it", id="like no flag"),
        pytest.param("a --chunk-sise 5", "if --chunk-size is meant, leave it out", id="kubectl's"),
        pytest.param("a -n shop", "unknown flag --namespace: leave it out", id="a short one"),
        pytest.param("a --grace-period soon", "no whole number of seconds", id="grace period"),
        pytest.param("a --json /no/such/file", "no folder /no/such", id="nowhere to write"),
        pytest.param("a --dry-run maybe", "invalid choice", id="dry run"),
    ],
)
def test_a_wrong_command_line_ends_with_1_and_the_reason(capsys, argv, complaint):
    with pytest.raises(SystemExit) as caught:
        arguments(argv.split())
    assert caught.value.code == 1
    assert complaint in capsys.readouterr().err


def kubectls_flags() -> set[str]:
    """Those of `kubectl drain`, its global ones included, as kubectl itself lists them."""
    kubectl = Path(sys.executable).with_name("kubectl")
    lists = [
        subprocess.run([kubectl, *words], capture_output=True, text=True, check=True).stdout
        for words in (("drain", "--help"), ("options",))
    ]
    return set(re.findall(r"^    (?:-\w, )?(--[\w-]+)=", "\n".join(lists), re.MULTILINE))


def test_each_flag_of_kubectl_is_known_or_told_what_to_use_instead(capsys):
    flags = kubectls_flags()
    assert len(flags) > 35
    assert flags - {*KNOWN, *INSTEAD} == set()
    assert {*KNOWN} & {*INSTEAD} == set()
    for flag in flags & {*INSTEAD}:
        with pytest.raises(SystemExit):
            arguments(["a", f"{flag}=x"])
        assert f"error: unknown flag {flag}: {INSTEAD[flag]}" in capsys.readouterr().err


def test_all_flags_that_there_are_none_of_are_named_at_once(capsys):
    with pytest.raises(SystemExit):
        arguments(["a", "--tokn", "x", "--timout=5m"])
    said = capsys.readouterr().err
    assert "--tokn" in said
    assert "is --timeout meant?" in said
