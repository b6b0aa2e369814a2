"""The troubled cluster: at 1.35, and what the preflight finds in it on the way to 1.36.

Nothing of it is broken at this moment, or nobody has noticed: it shows when nodes are replaced.
"""

from typing import Any

from include.rehearsal.scenario import SETTLE_SECONDS, Scene
from include.rehearsal.seeding import Seeder
from include.rehearsal.troubled import account, addons, groups
from include.rehearsal.troubled.api import injecting, injector, silent
from include.rehearsal.troubled.nodes import nodes, parts
from include.rehearsal.troubled.old import troubled_old
from include.rehearsal.troubled.scaling import forget_settings
from include.rehearsal.troubled.staying import static_pod, staying
from include.rehearsal.troubled.workloads import workloads
from include.rehearsal.world import World

CLUSTER, VERSION = "troubled", "1.35"


def troubled(world: World) -> Scene:
    """Both clusters, with all that they are to be; the names are the first one's.

    Call it with the clock's lock free.
    """
    troubled_old(world)
    seeder = Seeder(world)
    network = seeder.network(CLUSTER, len(world.clusters))
    seeder.cluster(CLUSTER, VERSION, network)
    seeder.addons(CLUSTER, addons.VERSIONS, addons.CONFIGURATIONS)
    groups.make_groups(seeder, CLUSTER, network)
    world.clock.advance(world.timings.node_group_create + world.timings.poll)
    seeder.apply(CLUSTER, [*parts(), *staying(), *workloads(), *injector(), *nodes()])
    seeder.apply(CLUSTER, [static_pod(_node_of(world, groups.TOOLS))])
    world.clock.advance(SETTLE_SECONDS)
    groups.change_templates(world, seeder, CLUSTER)
    forget_settings(world, seeder, CLUSTER)
    addons.trouble_the_addons(world, CLUSTER)
    account.trouble_the_account(world, seeder, CLUSTER, network)
    # From now on nobody starts a pod in a namespace that a silent webhook guards.
    seeder.apply(CLUSTER, [injecting(), *silent()])
    account.trouble_the_access(world, seeder, CLUSTER, groups.SPARE)
    return Scene(
        cluster=CLUSTER,
        region=world.region,
        version=VERSION,
        node_groups=groups.GROUPS,
        asgs={name: seeder.asg_of(CLUSTER, name) for name in groups.GROUPS},
        subnets=network.subnets,
        node_role=network.node_role,
    )


def _node_of(world: World, group: str) -> dict[str, Any]:
    with world.clock.lock:
        nodes: list[dict[str, Any]] = list(world.clusters[CLUSTER].store.list("nodes"))
    label = "eks.amazonaws.com/nodegroup"
    return next(one for one in nodes if one["metadata"]["labels"].get(label) == group)
