"""A kubeconfig for the rehearsal's clusters: tokens come from `aws eks get-token`."""

import base64
import sys
from pathlib import Path
from typing import Any

import yaml

from include.rehearsal.places import name_of
from include.rehearsal.world import World


def kubeconfig(world: World, environment: dict[str, str]) -> str:
    """The text of a kubeconfig with one context for each cluster of the world.

    Args:
        world: a world that is being served.
        environment: the rehearsal's variables, given to `aws` so that kubectl works in a shell
            that has not exported them.
    """
    names = sorted(world.clusters)  # keys: a name may be in several places
    ca = base64.b64encode(world.kube_ca.encode()).decode()
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": name,
                "cluster": {"server": world.kube_url(name), "certificate-authority-data": ca},
            }
            for name in names
        ],
        "users": [
            {"name": name, "user": {"exec": _exec(world, name, environment)}} for name in names
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in names],
        "current-context": names[0] if names else "",
    }
    return yaml.safe_dump(config, sort_keys=False)


def _exec(world: World, key: str, environment: dict[str, str]) -> dict[str, Any]:
    place, cluster = world.place_of(key), name_of(key)
    if place != world.home:
        key_id, secret = world.pair_of(place.account)
        own = {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}
        environment = {**environment, **own, "AWS_DEFAULT_REGION": place.region}
    beside = Path(sys.executable).parent / "aws"
    return {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": str(beside) if beside.exists() else "aws",
        "args": ["eks", "get-token", "--cluster-name", cluster, "--output", "json"],
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "interactiveMode": "Never",
    }
