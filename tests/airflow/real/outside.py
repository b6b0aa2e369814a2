"""The rehearsed cluster, looked at from outside the product."""

import json
from typing import Any

from include.rehearsal.environment import Rehearsal
from include.rehearsal.scenario import Scene


class World:
    """Readers of one cluster, by boto3 and by the rehearsal's own store."""

    def __init__(self, rehearsal: Rehearsal, scene: Scene) -> None:
        self.rehearsal, self.scene = rehearsal, scene
        url = rehearsal.environment["AWS_ENDPOINT_URL"]
        names = ("eks", "ec2", "autoscaling")
        session = rehearsal.session()
        self.eks, self.ec2, self.autoscaling = (
            session.client(name, endpoint_url=url) for name in names
        )

    @property
    def cluster(self) -> dict[str, Any]:
        found: dict[str, Any] = self.eks.describe_cluster(name=self.scene.cluster)["cluster"]
        return found

    def groups(self) -> list[str]:
        names: list[str] = self.eks.list_nodegroups(clusterName=self.scene.cluster)["nodegroups"]
        return names

    def group(self, name: str) -> dict[str, Any]:
        answer = self.eks.describe_nodegroup(clusterName=self.scene.cluster, nodegroupName=name)
        found: dict[str, Any] = answer["nodegroup"]
        return found

    def asgs(self) -> dict[str, dict[str, Any]]:
        found = self.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        return {one["AutoScalingGroupName"]: one for one in found}

    def addons(self) -> dict[str, str]:
        cluster = self.scene.cluster
        names = self.eks.list_addons(clusterName=cluster)["addons"]
        read = self.eks.describe_addon
        return {
            name: read(clusterName=cluster, addonName=name)["addon"]["addonVersion"]
            for name in names
        }

    def updates(self) -> set[str]:
        ids: list[str] = self.eks.list_updates(name=self.scene.cluster)["updateIds"]
        return set(ids)

    def objects(self, plural: str) -> list[dict[str, Any]]:
        with self.rehearsal.clock.lock:
            store = self.rehearsal.world.clusters[self.scene.cluster].store
            return json.loads(json.dumps(store.list(plural)))

    def templates(self) -> dict[str, int]:
        found = self.ec2.describe_launch_templates()["LaunchTemplates"]
        return {one["LaunchTemplateName"]: one["LatestVersionNumber"] for one in found}

    def fingerprint(self) -> dict[str, Any]:
        """What a step that changes nothing leaves as it is."""
        nodes = self.objects("nodes")
        return {
            "version": self.cluster["version"],
            "groups": {n: _without_times(self.group(n)) for n in self.groups()},
            "addons": self.addons(),
            "updates": self.updates(),
            "asgs": {
                name: (one["MinSize"], one["DesiredCapacity"], one["MaxSize"], len(one["Tags"]))
                for name, one in self.asgs().items()
            },
            "templates": self.templates(),
            "nodes": {
                n["metadata"]["name"]: (n["spec"].get("unschedulable"), n["spec"].get("taints"))
                for n in nodes
            },
            "pods": sorted(p["metadata"]["uid"] for p in self.objects("pods")),
        }


def _without_times(group: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in group.items() if key != "modifiedAt"}
