"""Start the rehearsal and print the lines that lead into it: `python -m include.rehearsal`."""

import argparse
import json
import shlex
import signal
import sys
import tempfile
import threading
from pathlib import Path

from include.rehearsal import scenario
from include.rehearsal.environment import PortTaken, Rehearsal
from include.rehearsal.kubeconfig import kubeconfig

SCENARIOS = {"runbook": scenario.runbook, "plain": scenario.plain, "empty": None}
DEMO_SPEED = 60.0


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m include.rehearsal",
        description="A simulated AWS account with EKS clusters, on loopback only.",
    )
    parser.add_argument(
        "--speed", type=float, default=DEMO_SPEED, help="simulated seconds per real second"
    )
    parser.add_argument("--aws-port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--kube-port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--region", default="eu-west-1")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="runbook")
    parser.add_argument("--ready-file", type=Path, help="written as JSON when all is up")
    parser.add_argument("--write-kubeconfig", type=Path, help="default: a temporary file")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; 0 when stopped so, 2 when a port is taken."""
    asked = arguments(words)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    rehearsal = Rehearsal(
        asked.speed, aws_port=asked.aws_port, kube_port=asked.kube_port, region=asked.region
    )
    try:
        rehearsal.start()
    except PortTaken as error:
        print(error, file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
            _present(rehearsal, asked, Path(folder))
            stopping.wait()
    finally:
        rehearsal.stop()
    return 0


def _present(rehearsal: Rehearsal, asked: argparse.Namespace, folder: Path) -> None:
    """Build the scenario, write the files, print the environment."""
    build = SCENARIOS[asked.scenario]
    if build:
        build(rehearsal.world)
    environment = rehearsal.environment
    target = (asked.write_kubeconfig or folder / "kubeconfig").absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(kubeconfig(rehearsal.world, environment), "utf-8")
    target.chmod(0o600)
    whole = {**environment, "KUBECONFIG": str(target)}
    for name, value in whole.items():
        print(f"export {name}={shlex.quote(value)}", flush=True)
    if asked.ready_file:
        asked.ready_file.write_text(json.dumps(whole), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
