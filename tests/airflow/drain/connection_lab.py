"""The rehearsal's cluster as one of which Airflow knows a Kubernetes connection only."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from eks_upgrade_airflow.operators.nodes.drain import EksDrainNodesOperator
from kubernetes.config import incluster_config

from tests.airflow.drain.drain_lab import CLUSTER, DrainLab
from tests.airflow.worker import Run

CONN_ID = "elsewhere"
VARIABLE = f"AIRFLOW_CONN_{CONN_ID.upper()}"
PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")


class Connected(Run):
    """A run whose tasks know the connection and nothing of AWS."""

    @property
    def cluster(self) -> dict[str, Any]:
        return {"kubernetes_conn_id": CONN_ID}


class Elsewhere:
    """The rehearsal's cluster as one of which Airflow knows a connection only."""

    def __init__(self, lab: DrainLab, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.lab, self.patch, self.folder = lab, patch, folder
        self.token_file = folder / "token"
        self.write_token()
        patch.delenv("AIRFLOW_CONN_AWS_DEFAULT")
        for name in PROXY_VARIABLES:
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)

    def write_token(self) -> str:
        """What somebody outside does who rotates it."""
        for name, value in self.lab.rehearsal.environment.items():
            self.patch.setenv(name, value)
        self.token = self.lab.address.read_access().token()
        self.token_file.write_text(self.token)
        return self.token

    def kubeconfig(self, **cluster: Any) -> dict[str, Any]:
        world = self.lab.rehearsal.world
        ca = base64.b64encode(world.kube_ca.encode()).decode()
        here = {"server": world.kube_url(CLUSTER), "certificate-authority-data": ca, **cluster}
        return {
            "clusters": [{"name": "c", "cluster": here}],
            "users": [{"name": "u", "user": {"tokenFile": str(self.token_file)}}],
            "contexts": [{"name": "demo", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "demo",
        }

    def write_kubeconfig(self, content: Mapping[str, Any]) -> str:
        path = self.folder / "kubeconfig"
        path.write_text(yaml.safe_dump(dict(content)))
        return str(path)

    def connect(self, **extra: Any) -> None:
        """Define the connection."""
        self.patch.setenv(VARIABLE, json.dumps({"conn_type": "kubernetes", "extra": extra}))

    def connect_in_cluster(self) -> None:
        """Be a pod of the cluster: its address in variables, its account in files."""
        server = self.lab.rehearsal.world.kube_url(CLUSTER)
        host, _, rest = server.removeprefix("https://").partition(":")
        ca = self.folder / "ca.crt"
        ca.write_text(self.lab.rehearsal.world.kube_ca)
        self.patch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(self.token_file))
        self.patch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(ca))
        # A real cluster has a port of its own; the rehearsal's have a path behind a shared one.
        self.patch.setenv("KUBERNETES_SERVICE_HOST", host)
        self.patch.setenv("KUBERNETES_SERVICE_PORT", rest)
        self.connect(in_cluster=True)

    def drain(self, run: Run | None = None, **options: Any) -> dict[str, Any]:
        """Execute the task to its end."""
        given = {"ignore_daemonsets": True, "timeout_minutes": 1.0, **options}
        if "node_selector" not in given:
            given["nodegroup_name"] = self.lab.old
        done: dict[str, Any] = (run or Connected({})).do("drain", EksDrainNodesOperator, **given)
        return done

    def requests(self, side: Any) -> int:
        journal = self.lab.rehearsal.world.journal
        return len(journal.entries(side=side, since=self.lab.begun))
