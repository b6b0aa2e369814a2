"""A rehearsed account that is watched: which part of the work called what, and what it left.

The worker's own credentials belong to another account, as in a company with one Airflow and many
accounts: every call of the product goes through the connection of docs/permissions.md, which
assumes a role in the cluster's account. That role may do what the policies of the part of the work
allow, no more, and in Kubernetes what the manifests bind.
"""

import base64
import json
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader

from include.rehearsal.aws.rights.policy import Asked
from include.rehearsal.credentials import Keys
from include.rehearsal.environment import Rehearsal
from include.rehearsal.journal import Entry
from include.rehearsal.kube.api.server import KubeServer
from include.rehearsal.scenario import Scene
from tests.airflow.worker import Run, parameters
from tests.permissions.documents import ACCOUNT_IN_DOCS, airflow_connection
from tests.permissions.files import NEEDS, ORDINARY, POLICIES, granted, manifests

SPEED = 600.0
_models = Loader()
CONNECTION = "aws_payments"
ACCOUNT = "123456789012"
"""moto's account, in which the clusters are."""
ADDON_ROLE = "vpc-cni"
UPGRADE_ROLE = "eks-upgrade"
"""The role of the connection of docs/permissions.md."""
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{UPGRADE_ROLE}"
KEY_PAIR = "ops"
WORKERS_ROLE = "arn:aws:iam::999988887777:role/airflow-worker"

USER_DATA_LINE = 25
"""Characters from which on a line of user data is one that stands nowhere else by chance."""


class SeenKeys(Keys):
    """Keys that remember with which of them the two sides were asked."""

    def __init__(self) -> None:
        super().__init__()
        self.at_aws: Counter[str] = Counter()
        self.at_kubernetes: Counter[str] = Counter()

    def problem(self, key_id: str) -> Any:
        self.at_aws[key_id] += 1
        return super().problem(key_id)

    def __getitem__(self, key_id: str) -> str:
        self.at_kubernetes[key_id] += 1
        return super().__getitem__(key_id)


@dataclass(frozen=True)
class Call:
    """One recorded request.

    Attributes:
        part: the part of the work that made it, a key of `NEEDS`.
        cluster: the cluster whose upgrade it belongs to.
    """

    part: str
    cluster: str
    entry: Entry


@dataclass(frozen=True)
class Judged:
    """One right that AWS asked of the role: of a call itself, or because of one."""

    part: str
    cluster: str
    asked: Asked


@dataclass
class Recorded:
    """What was called and what is left of it, as plain data.

    Attributes:
        names: by cluster, its names for the placeholders of the policies.
        judged: every right that AWS asked of the role.
        refusals: what was told where a right was missing, by the right.
        kept: everything that Airflow keeps of the runs, as JSON; `reports` and `logs` as text.
        secrets: values that may be in none of them, by what they are.
        worker_key: access key id of the worker.
        at_aws, at_kubernetes: how often each access key id was seen there.
    """

    region: str = ""
    calls: list[Call] = field(default_factory=list)
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    kept: str = ""
    logs: str = ""
    reports: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, list[str]] = field(default_factory=dict)
    worker_key: str = ""
    at_aws: Counter[str] = field(default_factory=Counter)
    at_kubernetes: Counter[str] = field(default_factory=Counter)


class Stage:
    """The running rehearsal, and what is recorded of it."""

    def __init__(self, rehearsal: Rehearsal, recorded: Recorded, folder: Path) -> None:
        self.rehearsal, self.recorded, self.folder = rehearsal, recorded, folder
        self.runs: list[Run] = []
        self.cluster = ""
        url, session = rehearsal.environment["AWS_ENDPOINT_URL"], rehearsal.session()
        names = ("eks", "ec2", "autoscaling", "sts", "iam", "kms")
        self.eks, self.ec2, self.autoscaling, self.sts, self.iam, self.kms = (
            session.client(name, endpoint_url=url) for name in names
        )
        self.key = str(self.kms.create_key()["KeyMetadata"]["Arn"])

    @property
    def kube(self) -> KubeServer:
        assert self.rehearsal.kube_server is not None
        return self.rehearsal.kube_server

    def begin(self, scene: Scene) -> None:
        """What follows is about this cluster."""
        self.cluster = scene.cluster
        self.recorded.names[scene.cluster] = {
            "REGION": scene.region,
            "ACCOUNT_ID": ACCOUNT,
            "CLUSTER_NAME": scene.cluster,
            "NODE_ROLE_NAME": scene.node_role.rpartition("/")[2],
            "ADDON_ROLE_NAME": ADDON_ROLE,
            "LAUNCH_TEMPLATE_ID": scene.launch_template or "lt-none",
            "UPGRADE_ROLE_NAME": UPGRADE_ROLE,
            "CLUSTER_ROLE_NAME": scene.node_role.rpartition("/")[2].replace("nodes", "cluster"),
            "KMS_KEY_ARN": self.key,
        }

    def run(self, cluster: str, **given: Any) -> Run:
        """A run against a cluster, through the connection."""
        run = Run(parameters(cluster_name=cluster, aws_conn_id=CONNECTION, **given))
        self.runs.append(run)
        return run

    @contextmanager
    def part(self, name: str, *powers: str) -> Iterator[None]:
        """Record what is called in this block; `powers` are manifests beside the ordinary one."""
        self.kube.allow_all()
        self.kube.grant(manifests(ORDINARY, *powers))
        callers, journal = self.rehearsal.world.callers, self.rehearsal.world.journal
        # A plan looks only, but asks IAM about all that is to come: its role holds all policies.
        # What it calls itself is held against its own ones afterwards, like the rest.
        held = POLICIES if name == "look" else NEEDS[name]
        callers.policies[ROLE_ARN] = tuple(granted(held, self.recorded.names[self.cluster]))
        callers.seen = []
        before = journal.last
        try:
            yield
        finally:
            found = journal.entries(since=before)
            self.recorded.calls += [Call(name, self.cluster, entry) for entry in found]
            self.recorded.judged += [
                Judged(name, self.cluster, asked)
                for call in callers.seen
                for asked in call.asked
                if call.caller.principal == ROLE_ARN
            ]
            callers.seen = None
            callers.allow_all()
            self.kube.allow_all()

    def user_data(self) -> set[str]:
        """The user data of every launch template version, as EC2 has it and in the clear."""
        found = set()
        for template in self.ec2.describe_launch_templates()["LaunchTemplates"]:
            answer = self.ec2.describe_launch_template_versions(
                LaunchTemplateId=template["LaunchTemplateId"]
            )
            for version in answer["LaunchTemplateVersions"]:
                coded = version["LaunchTemplateData"].get("UserData", "")
                found |= {coded, *base64.b64decode(coded).decode().splitlines()}
        return {each for each in found if len(each) >= USER_DATA_LINE}

    def keep(self) -> None:
        """Gather what the runs left."""
        self.recorded.kept = json.dumps(
            [[run.params, run.done, run.store, run.letters, run.failure] for run in self.runs],
            default=repr,
        ) + repr([run.asked for run in self.runs])
        self.recorded.reports = {
            path.name: path.read_text() for path in sorted(self.folder.rglob("*.*"))
        }


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Everything ready: rehearsal, the worker's credentials, the connection, ears for the log."""
    rehearsal, keys, recorded = Rehearsal(speed=SPEED), SeenKeys(), Recorded()
    rehearsal.world.keys = keys
    with rehearsal, pytest.MonkeyPatch.context() as patch, listening() as heard:
        # Each client reads the models of botocore anew; once for all is enough here.
        patch.setattr("botocore.session.create_loader", lambda _="": _models)
        made = Stage(rehearsal, recorded, folder)
        recorded.region = rehearsal.world.region
        made.iam.create_role(RoleName=UPGRADE_ROLE, AssumeRolePolicyDocument="{}")
        worker = made.sts.assume_role(RoleArn=WORKERS_ROLE, RoleSessionName="worker")["Credentials"]
        for name, value in worker_environment(rehearsal, worker).items():
            patch.setenv(name, value)
        recorded.worker_key = worker["AccessKeyId"]
        yield made
        made.keep()
        recorded.logs = heard.getvalue()
        recorded.at_aws = Counter(keys.at_aws)
        recorded.at_kubernetes = Counter(keys.at_kubernetes)
        recorded.secrets = _secrets(made, keys, worker)
        assert rehearsal.clock.failures == []


def worker_environment(rehearsal: Rehearsal, worker: dict[str, str]) -> dict[str, str]:
    """The environment of a worker with these credentials and the connection of the docs."""
    url = rehearsal.environment["AWS_ENDPOINT_URL"]
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": worker["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": worker["SecretAccessKey"],
        "AWS_SESSION_TOKEN": worker["SessionToken"],
        f"AIRFLOW_CONN_{CONNECTION.upper()}": connection_here(url),
    }


def connection_here(url: str) -> str:
    """The connection of the docs for the rehearsal's account, with the rehearsal as its STS."""
    found = airflow_connection()
    endpoint = found["extra"]["service_config"]["sts"]["endpoint_url"]
    here = json.dumps(found).replace(endpoint, url)
    return here.replace(ACCOUNT_IN_DOCS, ACCOUNT)


@contextmanager
def listening() -> Iterator[StringIO]:
    """All that is logged or printed, and of the project's own loggers the least thing."""
    heard = StringIO()
    handler = logging.StreamHandler(heard)
    root, ours = logging.getLogger(), [logging.getLogger(n) for n in ("include", "airflow.task")]
    levels = [(each, each.level) for each in (root, *ours)]
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for each in ours:
        each.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(heard), redirect_stderr(heard):
            yield heard
    finally:
        root.removeHandler(handler)
        for each, level in levels:
            each.setLevel(level)


def _secrets(made: Stage, keys: Keys, worker: dict[str, str]) -> dict[str, list[str]]:
    """What may be nowhere, as it really was in this rehearsal."""
    pairs = dict(keys.items())
    return {
        "access key": [*pairs, worker["AccessKeyId"]],
        "secret key": [*pairs.values(), worker["SecretAccessKey"]],
        "session token": [worker["SessionToken"]],
        "user data": sorted(made.user_data()),
    }
