"""Start the rehearsal and print the lines that lead into it: `python -m include.rehearsal`."""

import argparse
import json
import shlex
import signal
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

from include.rehearsal import scenario
from include.rehearsal.environment import PortTaken, Rehearsal
from include.rehearsal.fleet.build import fleet
from include.rehearsal.fleet.members import connections, profiles
from include.rehearsal.kubeconfig import kubeconfig
from include.rehearsal.messy.cluster import messy
from include.rehearsal.troubled.cluster import troubled

SCENARIOS = {
    "runbook": scenario.runbook,
    "messy": messy,
    "fleet": fleet,
    "troubled": troubled,
    "plain": scenario.plain,
    "empty": None,
}
SHOWS = {
    "runbook": "one cluster at 1.25, add-ons behind, workloads under budgets, an Auto Scaling "
    "group protected from scale-in; what the demo upgrades",
    "messy": "one cluster of three tools' making: few budgets, old wounds, Jobs at work, add-ons "
    "that are not well",
    "fleet": "twelve clusters in three accounts and two regions: some behind, one frozen, one "
    "locked, one place that cannot be asked",
    "troubled": "for the preflight: a cluster at 1.35 in which nearly each of its checks finds "
    "something, and troubled-old at 1.31 with what the first cannot have at the same time",
    "plain": "one tidy cluster at 1.33, nothing in anyone's way",
    "empty": "an account without clusters",
}
"""What each scenario has to show, in a line."""
DEMO_SPEED = 60.0


def arguments(line: list[str] | None = None) -> argparse.Namespace:
    """The options on the command line; of this process when none is given."""
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
    parser.add_argument("--list", action="store_true", help="say what the scenarios show, and stop")
    parser.add_argument("--ready-file", type=Path, help="written as JSON when all is up")
    parser.add_argument("--write-kubeconfig", type=Path, help="default: a temporary file")
    return parser.parse_args(line)


def main(line: list[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; 0 when stopped so, 2 when a port is taken."""
    options = arguments(line)
    if options.list:
        print("\n".join(listing()))
        return 0
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    rehearsal = Rehearsal(
        options.speed, aws_port=options.aws_port, kube_port=options.kube_port, region=options.region
    )
    try:
        rehearsal.start()
    except PortTaken as error:
        print(error, file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
            _present(rehearsal, options, Path(folder))
            stopping.wait()
    finally:
        rehearsal.stop()
    return 0


def listing() -> list[str]:
    """The scenarios, a line each, or more where it is long."""
    return [
        line
        for name, shows in SHOWS.items()
        for line in textwrap.wrap(
            shows, 100, initial_indent=f"  {name:<10} ", subsequent_indent=" " * 13
        )
    ]


def _present(rehearsal: Rehearsal, options: argparse.Namespace, folder: Path) -> None:
    """Build the scenario, write the files, print the environment."""
    build = SCENARIOS[options.scenario]
    if build:
        build(rehearsal.world)
    environment = rehearsal.environment
    target = (options.write_kubeconfig or folder / "kubeconfig").absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(kubeconfig(rehearsal.world, environment), "utf-8")
    target.chmod(0o600)
    more = _of_accounts(folder / "aws-config") if build is fleet else {}
    # What AWS's own tools need comes last: who has read it has read all.
    whole = {**more, **environment, "KUBECONFIG": str(target)}
    for name, value in whole.items():
        print(f"export {name}={shlex.quote(value)}", flush=True)
    if options.ready_file:
        options.ready_file.write_text(json.dumps(whole), "utf-8")


def _of_accounts(config: Path) -> dict[str, str]:
    """What leads into the accounts of the fleet: Airflow's connections, and profiles of boto3."""
    config.write_text(profiles(), "utf-8")
    return {**connections(), "AWS_CONFIG_FILE": str(config)}


if __name__ == "__main__":
    sys.exit(main())
