"""A whole rehearsal in one process: clock, AWS API, Kubernetes APIs, on loopback only.

Nothing enters it but `AWS_ENDPOINT_URL` and what DescribeCluster answers.
"""

import threading
from functools import partial
from typing import Self

import boto3

from include.rehearsal.aws import current_world
from include.rehearsal.aws.front.server import AwsServer
from include.rehearsal.aws.install import install
from include.rehearsal.clock import SimClock
from include.rehearsal.credentials import session
from include.rehearsal.kube.api.server import KubeServer
from include.rehearsal.kube.cluster import KubeCluster
from include.rehearsal.kube.fault_control import control
from include.rehearsal.world import AwsTimings, World

TICK_SECONDS = 0.02


class PortTaken(Exception):
    """A port that was named for the rehearsal is in use."""


class Rehearsal:
    """The simulated AWS account with its clusters, started and stopped as one.

    One at a time in a process, for moto's state is the process's.

    Args:
        speed: simulated seconds per real second; 0 stands still until `clock.advance`.
        aws_port, kube_port: 0 takes a free one.
        region: the region that `environment` names.
        timings: how long AWS takes.

    Attributes:
        clock, world: shared by both sides; hold `clock.lock` to touch the world.
        kube_server: the Kubernetes APIs, for rehearsing faults (`forbid`, `refuse_tokens`).
    """

    def __init__(
        self,
        speed: float = 0.0,
        *,
        aws_port: int = 0,
        kube_port: int = 0,
        region: str = "eu-west-1",
        timings: AwsTimings | None = None,
    ) -> None:
        self.clock = SimClock(speed)
        self.world = World(self.clock, KubeCluster, timings=timings)
        self.world.region = region
        self._ports = aws_port, kube_port
        self._aws = AwsServer(self.world)
        self.kube_server: KubeServer | None = None
        self._stopping = threading.Event()
        self._ticker: threading.Thread | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which boto3, `aws` and Airflow reach the rehearsal."""
        key_id, secret = self.world.keys.current
        return {
            "AWS_ENDPOINT_URL": self._aws.url,
            "AWS_ACCESS_KEY_ID": key_id,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": self.world.region,
        }

    def start(self) -> Self:
        """Start everything.

        Raises:
            PortTaken: a named port is in use.
            RuntimeError: another rehearsal runs in this process.
        """
        install(self.world)
        try:
            self._open()
        except BaseException:
            self.stop()
            raise
        self._ticker = threading.Thread(target=self._tick, name="rehearsal-clock", daemon=True)
        self._ticker.start()
        return self

    def _open(self) -> None:
        aws_port, kube_port = self._ports
        try:
            self._aws.start(aws_port)
        except OSError as error:
            raise PortTaken(_taken("AWS", aws_port, "--aws-port")) from error
        server = KubeServer(
            self.world.clusters,
            self.clock,
            credentials=lambda key: self.world.keys.of(self.world.place_of(key).account),
            allowed_hosts=_token_hosts(self._aws.url),
            journal=self.world.journal,
            holds=self.world.holds,
        )
        try:
            server.start(kube_port)
        except OSError as error:
            raise PortTaken(_taken("Kubernetes", kube_port, "--kube-port")) from error
        self.kube_server = server
        self.world.controls["kube"] = partial(control, server)
        self.world.aws_url = self._aws.url
        self.world.kube_url = server.url
        self.world.kube_ca = server.ca_pem

    def stop(self) -> None:
        """Stop everything; harmless when it was not started."""
        self._stopping.set()
        self.world.holds.drop_all()
        if self._ticker:
            self._ticker.join(timeout=5)
            self._ticker = None
        self._aws.stop()
        if self.kube_server:
            self.kube_server.stop()
            self.kube_server = None
        current_world.leave(self.world)
        self.clock.clear()

    def session(self) -> boto3.Session:
        """A boto3 session with the credentials of now; give clients `environment`'s URL."""
        return session(self.world.region, self.world.keys.current)

    def _tick(self) -> None:
        """Let time pass while nobody calls."""
        while not self._stopping.wait(TICK_SECONDS):
            if self.clock.speed > 0:
                self.clock.run_due()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _taken(side: str, port: int, option: str) -> str:
    return (
        f"Port {port} on 127.0.0.1 is already in use, so the simulated {side} API cannot listen "
        f"on it; stop what uses it or choose another with {option}."
    )


def _token_hosts(aws_url: str) -> list[str]:
    # With AWS_ENDPOINT_URL set, clients sign tokens for the rehearsal's own host.
    port = aws_url.rsplit(":", 1)[1]
    regions = session("us-east-1").get_available_regions("sts")
    return [
        f"127.0.0.1:{port}",
        f"localhost:{port}",
        "sts.amazonaws.com",
        *(f"sts.{region}.amazonaws.com" for region in regions),
    ]
