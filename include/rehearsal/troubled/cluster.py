"""The troubled cluster: three nodes at 1.33, and what the preflight finds in it.

Nothing of it is broken at this moment, or nobody has noticed: it shows when nodes are replaced.
"""

from include.rehearsal.scenario import PlainOptions, Scene, plain
from include.rehearsal.seeding import Seeder
from include.rehearsal.troubled.api import injecting, injector, silent
from include.rehearsal.troubled.workloads import workloads
from include.rehearsal.world import World

CLUSTER, VERSION = "troubled", "1.33"


def troubled(world: World) -> Scene:
    """The cluster, with all that it is to be. Call it with the clock's lock free."""
    options = PlainOptions(manifests=(*workloads(), *injector()))
    scene = plain(world, CLUSTER, VERSION, 3, options)
    # Last, for from now on nobody starts a pod in a namespace that a silent webhook guards.
    Seeder(world).apply(CLUSTER, [injecting(), *silent()])
    return scene
