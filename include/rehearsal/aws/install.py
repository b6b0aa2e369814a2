"""Puts the extended services into moto.

moto builds a service's backends and its web application at the first request, so the classes
are swapped before the server starts (moto 5.2.5, pinned).
"""

from moto.autoscaling import models as autoscaling_models
from moto.core.base_backend import BackendDict
from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends
from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends
from moto.servicequotas.models import servicequotas_backends
from moto.ssm.models import ssm_backends
from moto.sts.models import sts_backends

from include.rehearsal.aws import current_world
from include.rehearsal.aws.autoscaling.group import RehearsalGroup
from include.rehearsal.aws.autoscaling.responses import AutoScalingService
from include.rehearsal.aws.ec2 import Ec2Region
from include.rehearsal.aws.eks.node_groups import nodes
from include.rehearsal.aws.eks.responses import EksService
from include.rehearsal.aws.iam import IamService
from include.rehearsal.aws.organizations import OrganizationsService
from include.rehearsal.aws.quotas import QuotaRegion
from include.rehearsal.aws.ssm import SsmRegion
from include.rehearsal.aws.sts import StsService
from include.rehearsal.world import World


def install(world: World) -> None:
    """Swap moto's backends and make `world` the one they live in; earlier state is dropped."""
    current_world.enter(world)
    for backends, own in (
        (eks_backends, EksService),
        (ec2_backends, Ec2Region),
        (iam_backends, IamService),
        (sts_backends, StsService),
        (ssm_backends, SsmRegion),
        (servicequotas_backends, QuotaRegion),
        (organizations_backends, OrganizationsService),
        (autoscaling_models.autoscaling_backends, AutoScalingService),
    ):
        backends.backend = own
        backends.clear()
    # Only now: what it finds it makes anew before it drops it, hundreds of images for each EC2.
    BackendDict.reset()
    # moto's Auto Scaling backend makes its groups from this name.
    autoscaling_models.FakeAutoScalingGroup = RehearsalGroup
    world.launched.append(nodes.launched)
    world.leaving.append(nodes.leaving)
