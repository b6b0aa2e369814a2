"""Makes `.venv` from a bare Python: finds a fit interpreter, gets uv, installs the pinned set.

Standard library only, and written so that any Python since 3.5 can read it: the point is to be able
to say "too old" in a sentence. Run by the Makefile before everything else; when nothing has
changed it ends at once.
"""

# ruff: noqa: UP021, UP022, UP031, RUF005 - written for old Pythons, see above
# ruff: noqa: S603 - it runs Python, pip and uv, by paths of its own choosing

import hashlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

OLDEST = (3, 11)
NEWEST = (3, 14)  # the newest Python that Airflow 3.3.2 names as supported
NEEDED = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
NO_NETWORK = (
    "resolve",
    "NewConnectionError",
    "No matching distribution",
    "timed out",
    "dns error",
    "Connection refused",
    "unreachable",
    "error sending request",
    "ConnectTimeout",
)
if TYPE_CHECKING:
    from collections.abc import Callable

    Probe = Callable[[str], tuple[tuple[int, ...] | None, str]]


class CannotInstall(Exception):
    """What stands in the way, as one sentence for people."""


def fits(version: "tuple[int, ...]") -> bool:
    """Whether Airflow runs on this (major, minor)."""
    return OLDEST <= tuple(version[:2]) <= NEWEST


def candidates(wanted: str, running: str) -> "list[str]":
    """Commands to try, in order: the wanted one alone, or the running one, then the newest."""
    if wanted:
        return [wanted]
    names = ["python%d.%d" % (3, minor) for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    return [running] + names


def probe(command: str) -> "tuple[tuple[int, ...] | None, str]":
    """The version of an interpreter that can make virtual environments, or why it cannot.

    Returns:
        ((major, minor), "") or (None, reason).
    """
    try:
        run = subprocess.run(
            [command, "-c", NEEDED],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            check=False,
        )
    except OSError as error:
        return None, str(error)
    if run.returncode != 0:
        lines = run.stderr.strip().splitlines()
        return None, lines[-1] if lines else "it does not start"
    return tuple(int(part) for part in run.stdout.strip().split(".")), ""


def choose(commands: "list[str]", look: "Probe" = probe) -> str:
    """The first interpreter that fits.

    Args:
        commands: names or paths, in order of preference.
        look: `probe`, or a table in tests.

    Raises:
        CannotInstall: none fits; the sentence says what was found and what to install.
    """
    found = []
    for command in commands:
        version, reason = look(command)
        if version is not None and fits(version):
            return command
        if version is not None:
            found.append("%s is Python %s.%s" % (command, version[0], version[1]))
        elif "venv" in reason or "ensurepip" in reason:
            found.append("%s cannot make virtual environments (%s)" % (command, reason))
    what = "; ".join(found) if found else "none was found"
    raise CannotInstall(
        "This project needs Python %d.%d to %d.%d with the venv module, but %s. Install one "
        "(on Debian: apt install python3.11 python3.11-venv) or name it: make PYTHON=/path/python."
        % (OLDEST + NEWEST + (what,))
    )


def uv_settings(pip_config: "list[str]", environment: "dict[str, str]") -> "dict[str, str]":
    """Pip's settings of indexes and certificates, as variables for uv.

    uv does not read pip's configuration; a machine that reaches packages only through a
    mirror would fail without this. A variable that is already set for uv wins.

    Args:
        pip_config: lines of `pip config list`, as `global.index-url='...'`.
        environment: the present environment, which may hold UV_... variables.
    """
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
        "trusted-host": "UV_INSECURE_HOST",
    }
    made = {}
    for line in pip_config:
        name, _, value = line.partition("=")
        option = name.replace(":env:.", ".").rpartition(".")[2]
        if option in names and names[option] not in environment:
            made[names[option]] = " ".join(value.strip().strip("'\"").replace("\\n", " ").split())
    if "UV_INDEX" in made:
        # pip takes the best version of all indexes; uv by default stops at the first index.
        made.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    if "UV_FIND_LINKS" in made:
        made["UV_FIND_LINKS"] = ",".join(made["UV_FIND_LINKS"].split())
    return made


def stamp_of(repo: str) -> str:
    """What the environment is made from: changes when it has to be made again."""
    with open(os.path.join(repo, "requirements.txt"), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def ready(repo: str) -> bool:
    """Whether `.venv` already holds what requirements.txt asks for."""
    venv = os.path.join(repo, ".venv")
    if not os.path.exists(os.path.join(venv, "bin", "python")):  # false for a dead link, too
        return False
    stamp = os.path.join(venv, ".installed")
    if not os.path.exists(stamp):
        return False
    with open(stamp) as file:
        return file.read() == stamp_of(repo)


def run(command: "list[str]", environment: "dict[str, str] | None" = None) -> str:
    """Run a command, its output kept back.

    Raises:
        CannotInstall: it failed; the last lines say why.
    """
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        raise CannotInstall(failure(command, done.stdout))
    return done.stdout


def failure(command: "list[str]", output: str) -> str:
    """A failed step as a sentence, which is another one when there is no network."""
    tail = "\n    ".join(output.strip().splitlines()[-8:])
    if any(sign in output for sign in NO_NETWORK):
        why = "The packages could not be fetched: is there a network, and does pip reach an index?"
    else:
        why = "`%s` failed." % " ".join(command)
    return "%s The end of its output:\n    %s" % (why, tail)


def tool(local: str, python: str) -> str:
    """The path of uv, fetched with pip into a small environment of its own if need be."""
    home = os.path.join(local, "uv")
    uv = os.path.join(home, "bin", "uv")
    if not os.path.exists(uv):
        say("fetching uv")
        run([python, "-m", "venv", "--clear", home])
        run([os.path.join(home, "bin", "python"), "-m", "pip", "install", "--quiet", "uv"])
    return uv


def environment_for_uv(local: str) -> "dict[str, str]":
    """The environment uv is run in."""
    python = os.path.join(local, "uv", "bin", "python")
    lines = run([python, "-m", "pip", "config", "list"]).splitlines()
    made = dict(os.environ)
    made.update(uv_settings(lines, made))
    # The environment of whoever calls must not be taken for the one to fill.
    made.pop("VIRTUAL_ENV", None)
    return made


def install(repo: str, python: str) -> None:
    """Make `.venv` and bring it to exactly what requirements.txt asks for."""
    local, venv = os.path.join(repo, ".local"), os.path.join(repo, ".venv")
    os.makedirs(local, exist_ok=True)
    uv = tool(local, python)
    environment = environment_for_uv(local)
    say("installing the pinned packages into .venv")
    inside = os.path.join(venv, "bin", "python")
    if not os.path.exists(inside):
        shutil.rmtree(venv, ignore_errors=True)
        run([uv, "venv", "--quiet", "--python", python, venv], environment)
    pip = [uv, "pip", "sync", "--quiet", "--python", inside]
    # Compiled once here, in parallel; otherwise each of Airflow's processes does it at its start.
    run(pip + ["--compile-bytecode", os.path.join(repo, "requirements.txt")], environment)
    with open(os.path.join(venv, ".installed"), "w") as file:
        file.write(stamp_of(repo))


def lock(repo: str) -> None:
    """Write requirements.txt anew from requirements.in, then production's part of it."""
    local = os.path.join(repo, ".local")
    environment = environment_for_uv(local)
    # Named without folders, so that the files' own headers are the same on every machine.
    os.chdir(repo)
    for command in lock_commands(os.path.join(local, "uv", "bin", "uv")):
        say("writing %s" % command[-1])
        run(command, environment)
    say("the next target installs what they pin")


def lock_commands(uv: str) -> "list[list[str]]":
    """The commands that write the pinned sets; each ends with the file it writes."""
    compile_ = [uv, "pip", "compile", "--quiet", "--universal"]
    compile_ += ["--python-version", "%d.%d" % OLDEST]
    # Not resolved a second time: what is tested and what production gets are the same versions.
    # Who asks for which package stands in requirements.txt.
    same = ["--constraints", "requirements.txt", "--no-annotate"]
    return [
        compile_ + ["requirements.in", "-o", "requirements.txt"],
        compile_ + same + ["requirements-runtime.in", "-o", "requirements-runtime.txt"],
    ]


def say(line: str) -> None:
    """One line about what is going on."""
    print("bootstrap: %s" % line, flush=True)


def main(repo: str, wanted: str, what: str = "") -> int:
    """Do it; 0 when it is done, 2 with a sentence when it cannot be, 130 on Ctrl-C."""
    try:
        if what == "lock":
            python = choose(candidates(wanted, sys.executable))
            tool(os.path.join(repo, ".local"), shutil.which(python) or python)
            lock(repo)
        elif not ready(repo):
            python = choose(candidates(wanted, sys.executable))
            install(repo, shutil.which(python) or python)
    except CannotInstall as problem:
        sys.stderr.write("%s\n" % problem)
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130
    return 0


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(here))
    sys.exit(main(root, os.environ.get("PYTHON", ""), "".join(sys.argv[1:2])))
