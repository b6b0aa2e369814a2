"""A rehearsal whose time stands still (speed 0), with clients and shorthand for the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import PlainOptions, Scene, plain

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})
BARE = PlainOptions(addons={})


@dataclass
class Lab:
    """A running rehearsal with clients and one cluster."""

    rehearsal: Rehearsal
    scene: Scene
    eks: Any
    ec2: Any
    autoscaling: Any
    ssm: Any

    def pass_time(self, seconds: float) -> None:
        self.rehearsal.clock.advance(seconds)
        assert self.rehearsal.clock.failures == []

    def group(self, name: str = "workers") -> dict[str, Any]:
        raw = self.eks.describe_nodegroup(clusterName=self.scene.cluster, nodegroupName=name)
        return raw["nodegroup"]

    def groups(self) -> list[str]:
        return self.eks.list_nodegroups(clusterName=self.scene.cluster)["nodegroups"]

    def asg(self, name: str = "workers") -> dict[str, Any] | None:
        wanted = (
            self.scene.asgs.get(name)
            or self.group(name)["resources"]["autoScalingGroups"][0]["name"]
        )
        found = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[wanted])
        return next(iter(found["AutoScalingGroups"]), None)

    def instances(self, name: str = "workers") -> list[str]:
        return [i["InstanceId"] for i in (self.asg(name) or {}).get("Instances", [])]

    def nodes(self, group: str | None = None) -> list[dict[str, Any]]:
        with self.rehearsal.clock.lock:
            found = self.rehearsal.world.clusters[self.scene.cluster].store.list("nodes")
        label = "eks.amazonaws.com/nodegroup"
        return [n for n in found if group in (None, n["metadata"]["labels"][label])]

    def delete(self, name: str = "workers") -> None:
        self.eks.delete_nodegroup(clusterName=self.scene.cluster, nodegroupName=name)

    def new_group(self, **changes: Any) -> dict[str, Any]:
        arguments = {
            "clusterName": self.scene.cluster,
            "nodegroupName": "green",
            "subnets": list(self.scene.subnets),
            "nodeRole": self.scene.node_role,
            "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 1},
            **changes,
        }
        given = {key: value for key, value in arguments.items() if value is not None}
        return self.eks.create_nodegroup(**given)["nodegroup"]


@contextmanager
def lab(options: PlainOptions = BARE, *, version: str = "1.25", nodes: int = 2) -> Iterator[Lab]:
    """A rehearsal with one plain cluster; time stands still but for `pass_time`."""
    with Rehearsal() as rehearsal:
        scene = plain(rehearsal.world, "plain", version, nodes, options)
        url = rehearsal.environment["AWS_ENDPOINT_URL"]
        session = rehearsal.session()
        names = ("eks", "ec2", "autoscaling", "ssm")
        clients = [session.client(n, endpoint_url=url, config=ONCE) for n in names]
        made = Lab(rehearsal, scene, *clients)
        yield made
        for client in clients:
            client.close()


def refusal(call: Any, /, *args: Any, **kwargs: Any) -> tuple[str, str, int]:
    """The (code, message, HTTP status) with which a call is refused."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        response = error.response
        status = response["ResponseMetadata"]["HTTPStatusCode"]
        return response["Error"]["Code"], response["Error"]["Message"], status
    raise AssertionError("the call was not refused")


def control(rehearsal: Rehearsal, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """The answer of `/_rehearsal/<path>` on the AWS port."""
    url = f"{rehearsal.environment['AWS_ENDPOINT_URL']}/_rehearsal/{path}"
    with urllib3.PoolManager() as pool:
        return pool.request(method, url, json=body).json()
