"""Makes the rehearsed fleet: all clusters side by side, so that simulated time passes once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from include.rehearsal.aws.accounts import open_account, trust
from include.rehearsal.fleet.members import ACCOUNTS, MEMBERS, PERSON, ROLE, TARGET, Member
from include.rehearsal.kube.controllers.timings import CRASH_LOOP
from include.rehearsal.places import Place
from include.rehearsal.seeding import ADDONS, Network, Seeder
from include.rehearsal.workloads import App, deployment
from include.rehearsal.world import World

GROUP = "workers"
SETTLE_SECONDS = 120.0
LOCK_SECONDS = 30 * 24 * 3600


def fleet(world: World) -> None:
    """The fleet of docs/rehearsal.md. Call it with the clock's lock free."""
    build(world, MEMBERS)


def build(world: World, members: Sequence[Member]) -> None:
    """These clusters, in accounts that are opened for it. Call it with the clock's lock free."""
    for account in ACCOUNTS:
        _open(world, account)
    seeders = {each.place: Seeder(world, each.place) for each in members}
    networks: dict[Member, Network] = {}
    for number, each in enumerate(members):
        seeder = seeders[each.place]
        networks[each] = seeder.network(each.name, number)
        seeder.begin_cluster(each.name, each.version, networks[each], each.tags)
    world.clock.advance(world.timings.control_plane)
    for each in members:
        _furnish(seeders[each.place], each, networks[each])
    world.clock.advance(world.timings.node_group_create + world.timings.poll)
    for each in members:
        seeders[each.place].apply(each.name, _objects(each))
    world.clock.advance(SETTLE_SECONDS)


def _furnish(seeder: Seeder, member: Member, network: Network) -> None:
    """Add-ons, and a node group that is about to be made."""
    seeder.addons(member.name, dict.fromkeys(ADDONS))
    nodes = 2 if member.breaks else 1
    seeder.eks.create_nodegroup(
        clusterName=member.name,
        nodegroupName=GROUP,
        subnets=list(network.subnets),
        nodeRole=network.node_role,
        instanceTypes=["m5.large"],
        scalingConfig={"minSize": 1, "maxSize": nodes + 1, "desiredSize": nodes},
    )


def _open(world: World, account: str) -> None:
    """An account with the role that the fleet assumes in it."""
    place = Place(ACCOUNTS[account], world.region)
    open_account(world, place.account, account)
    Seeder(world, place).iam.create_role(
        RoleName=ROLE, AssumeRolePolicyDocument=trust(world.account)
    )


def _objects(member: Member) -> list[dict[str, Any]]:
    found = deployment(App(member.name, "web", 2, {"maxUnavailable": 1}, start=2, ready=2, stop=2))
    if member.breaks:
        found += _fragile(member.name)
    if member.locked:
        found.append(_lock())
    return found


def _fragile(namespace: str) -> list[dict[str, Any]]:
    """A Deployment whose pods crash on nodes of the new version; no budget holds its old pods."""
    (made,) = deployment(App(namespace, "ranker", 2))
    made["spec"]["template"]["metadata"]["annotations"][CRASH_LOOP] = f"kubelet={TARGET}"
    return [made]


def _lock() -> dict[str, Any]:
    """The lock of an upgrade, taken by a person; its times are real ones, as those of runs are."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "eks-upgrade", "namespace": "kube-system"},
        "spec": {
            "holderIdentity": PERSON,
            "leaseDurationSeconds": LOCK_SECONDS,
            "acquireTime": now,
            "renewTime": now,
            "leaseTransitions": 0,
        },
    }
