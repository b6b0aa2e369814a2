"""What new node groups will take of an account, as AWS describes it: plain data for the plan.

Everything is asked once, and only for the groups that are to be replaced.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.eks_upgrade.aws.auto_scaling.asg_extras import AsgExtras
from include.eks_upgrade.common.raw import Raw


@dataclass(frozen=True)
class CniMode:
    """How the VPC CNI gives addresses to pods; the names are those of its settings.

    https://github.com/aws/amazon-vpc-cni-k8s#cni-configuration-variables
    """

    prefixes: bool = False
    custom_network: bool = False
    warm_enis: int = 1
    warm_prefixes: int = 1
    warm_addresses: int | None = None
    minimum_addresses: int = 0


@dataclass(frozen=True, kw_only=True)
class SurgeFacts:
    """All that the groups to be replaced are judged by, beside `ClusterFacts`.

    Attributes:
        templates: by node group, the raw LaunchTemplateVersion it uses; None where it has no
            template, or the version is gone.
        subnets: raw DescribeSubnets entries of the groups' subnets, by id; one that is gone is
            missing.
        instance_types: raw DescribeInstanceTypes entries by name.
        instances: raw DescribeInstances entries of all that run or start in the region; None when
            they could not be asked.
        reservations: raw DescribeCapacityReservations entries by id; None when they could not be
            asked.
        quotas: values by quota code; one that could not be asked is missing.
        named_quotas: codes of quotas that were found by their names, by the letters of an instance
            family and whether Spot is meant.
        networks: by node group, the subnets in which its present nodes have interfaces.
        held: by node group, the most addresses that one of its present nodes holds for pods.
        asg_extras: by node group, what people hung on its Auto Scaling group; one that could not be
            asked is missing.
        cni: the VPC CNI's mode; None when nothing tells it.
        unknown: sentences about what could not be asked; they become warnings of the plan.
    """

    templates: Mapping[str, Raw | None] = field(default_factory=dict)
    subnets: Mapping[str, Raw] = field(default_factory=dict)
    instance_types: Mapping[str, Raw] = field(default_factory=dict)
    instances: tuple[Raw, ...] | None = ()
    reservations: Mapping[str, Raw] | None = field(default_factory=dict)
    quotas: Mapping[str, float] = field(default_factory=dict)
    named_quotas: Mapping[tuple[str, bool], str] = field(default_factory=dict)
    networks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    asg_extras: Mapping[str, AsgExtras] = field(default_factory=dict)
    cni: CniMode | None = None
    unknown: tuple[str, ...] = ()
