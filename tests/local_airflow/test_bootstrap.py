import subprocess
import sys
from pathlib import Path

import pytest

from include.local_airflow import bootstrap


def looking(table):
    return lambda command: table.get(command, (None, "No such file or directory"))


@pytest.mark.parametrize(
    ("table", "chosen"),
    [
        pytest.param({"python3": ((3, 12), "")}, "python3", id="the-running-one-fits"),
        pytest.param(
            {"python3": ((3, 8), ""), "python3.11": ((3, 11), ""), "python3.13": ((3, 13), "")},
            "python3.13",
            id="newest-when-the-running-one-is-too-old",
        ),
        pytest.param(
            {"python3": ((3, 99), ""), "python3.12": ((3, 12), "")},
            "python3.12",
            id="the-running-one-is-too-new",
        ),
        pytest.param(
            {"python3": (None, "No module named 'ensurepip'"), "python3.11": ((3, 11), "")},
            "python3.11",
            id="the-running-one-cannot-make-environments",
        ),
    ],
)
def test_a_fit_python_is_chosen(table, chosen):
    commands = bootstrap.candidates("", "python3")

    assert bootstrap.choose(commands, looking(table)) == chosen


@pytest.mark.parametrize(
    ("table", "part"),
    [
        pytest.param({"python3": ((3, 8), "")}, "python3 is Python 3.8", id="too-old"),
        pytest.param(
            {"python3": (None, "ModuleNotFoundError: No module named 'ensurepip'")},
            "python3 cannot make virtual environments",
            id="no-venv-module",
        ),
        pytest.param({}, "none was found", id="none"),
    ],
)
def test_without_a_fit_python_one_sentence_says_what_was_found_and_what_to_do(table, part):
    with pytest.raises(bootstrap.CannotInstall) as refused:
        bootstrap.choose(bootstrap.candidates("", "python3"), looking(table))

    assert "needs Python 3.11 to 3.14" in str(refused.value)
    assert part in str(refused.value)
    assert "apt install python3.11-venv" in str(
        refused.value
    ) or "python3.11 python3.11-venv" in str(refused.value)


def test_a_python_named_by_the_person_is_the_only_one_tried():
    assert bootstrap.candidates("/opt/python", "python3") == ["/opt/python"]


def test_a_too_old_python_ends_with_exit_code_2(tmp_path, capsys):
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\necho 3.8\n")
    old.chmod(0o755)
    (tmp_path / "requirements.txt").write_text("")

    assert bootstrap.main(str(tmp_path), str(old)) == 2

    assert "is Python 3.8" in capsys.readouterr().err


def test_nothing_is_done_when_the_environment_is_ready(tmp_path):
    (tmp_path / "requirements.txt").write_text("pinned==1\n")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    (tmp_path / ".venv/.installed").write_text(bootstrap.stamp_of(str(tmp_path)))

    # No Python of that name exists: looking for one would fail.
    assert bootstrap.main(str(tmp_path), "/nowhere/python") == 0

    (tmp_path / "requirements.txt").write_text("pinned==2\n")
    assert bootstrap.main(str(tmp_path), "/nowhere/python") == 2


@pytest.mark.parametrize(
    ("lines", "environment", "expected"),
    [
        pytest.param([], {}, {}, id="nothing-configured"),
        pytest.param(
            ["global.index-url='https://mirror/simple'"],
            {},
            {"UV_DEFAULT_INDEX": "https://mirror/simple"},
            id="mirror",
        ),
        pytest.param(
            ["global.extra-index-url='https://a https://b'", ":env:.cert='/ca.pem'"],
            {},
            {
                "UV_INDEX": "https://a https://b",
                "UV_INDEX_STRATEGY": "unsafe-best-match",
                "SSL_CERT_FILE": "/ca.pem",
            },
            id="extra-indexes-and-certificate",
        ),
        pytest.param(
            ["global.find-links='/a /b'"], {}, {"UV_FIND_LINKS": "/a,/b"}, id="find-links"
        ),
        pytest.param(
            ["global.index-url='https://pip'"],
            {"UV_DEFAULT_INDEX": "https://uv"},
            {},
            id="what-uv-has-already-wins",
        ),
    ],
)
def test_the_settings_of_pip_hold_for_uv(lines, environment, expected):
    assert bootstrap.uv_settings(lines, environment) == expected


@pytest.mark.parametrize(
    ("output", "part"),
    [
        pytest.param("error: dns error: failed to lookup", "is there a network", id="no-network"),
        pytest.param("error: disk full", "`uv pip sync` failed", id="anything-else"),
    ],
)
def test_a_failed_step_is_reported_with_the_end_of_its_output(output, part):
    sentence = bootstrap.failure(["uv", "pip", "sync"], output)

    assert part in sentence
    assert output in sentence


def test_the_lock_writes_the_full_set_and_then_productions_part_of_it_at_the_same_versions():
    everything, runtime = bootstrap.lock_commands("uv")

    assert everything[-3:] == ["requirements.in", "-o", "requirements.txt"]
    assert runtime[-3:] == ["requirements-runtime.in", "-o", "requirements-runtime.txt"]
    assert runtime[runtime.index("--constraints") + 1] == "requirements.txt"


def test_the_lock_needs_no_environment_and_installs_nothing(tmp_path, capsys, monkeypatch):
    uv = tmp_path / ".local/uv/bin/uv"
    uv.parent.mkdir(parents=True)
    uv.write_text('#!/bin/sh\nfor file; do :; done\necho pinned==1 > "$file"\n')
    uv.chmod(0o755)
    python = uv.with_name("python")
    python.write_text(f'#!/bin/sh\n[ "$2" = pip ] && exit 0\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)

    monkeypatch.chdir(tmp_path)  # and back again: the lock goes to its folder
    assert bootstrap.main(str(tmp_path), sys.executable, "lock") == 0

    assert (tmp_path / "requirements.txt").exists()
    assert (tmp_path / "requirements-runtime.txt").exists()
    assert not (tmp_path / ".venv").exists()
    assert "installing" not in capsys.readouterr().out


def test_bare_make_prints_the_targets():
    repo = Path(__file__).resolve().parents[2]
    done = subprocess.run(["make"], cwd=repo, capture_output=True, text=True, check=True)

    for target in ("demo", "up", "down", "rehearsal", "test", "check", "lock", "clean"):
        assert f"make {target} " in done.stdout
