"""Feature gates that are locked: a kubelet that is given another value does not start. Pure.

"cannot set feature gate NodeSwap to false, feature is locked to true". A gate is locked for every
part of Kubernetes, whichever part it is for, until it is removed (`removed_gates.py`).

1.30 to 1.34: https://github.com/kubernetes/kubernetes, its own list of gates,
`test/compatibility_lifecycle/reference/versioned_feature_list.yaml`, in a state of 1.34 before its
release, read in November 2026; what was locked and removed before that is not in it. 1.35 to 1.37:
release notes (https://github.com/kubernetes/sig-release), which do not name every gate.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from include.eks_upgrade.common.versions import Minor

_TO_TRUE: Mapping[int, str] = {
    30: "PodSchedulingReadiness",
    31: "DevicePluginCDIDevices LogarithmicScaleDown",
    32: """ComponentSLIs CronJobsScheduledAnnotation CustomResourceFieldSelectors LoadBalancerIPMode
        MemoryManager PodIndexLabel RetryGenerateName ServiceAccountTokenJTI
        ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo
        SizeMemoryBackedVolumes StatefulSetAutoDeletePVC StrictCostEnforcementForVAP
        StrictCostEnforcementForWebhooks StructuredAuthorizationConfiguration""",
    33: """AnyVolumeDataSource BtreeWatchCache CPUManagerPolicyOptions CRDValidationRatcheting
        CSIMigrationPortworx HonorPVReclaimPolicy JobBackoffLimitPerIndex JobSuccessPolicy
        MatchLabelKeysInPodAffinity NFTablesProxyMode NodeInclusionPolicyInPodTopologySpread
        RecursiveReadOnlyMounts ServiceAccountTokenNodeBinding ServiceTrafficDistribution
        SidecarContainers TopologyAwareHints""",
    34: """AnonymousAuthConfigurableEndpoints AuthorizeNodeWithSelectors AuthorizeWithSelectors
        ConsistentListFromCache JobPodReplacementPolicy KubeletTracing MultiCIDRServiceAllocator
        NodeSwap OrderedNamespaceDeletion RecoverVolumeExpansionFailure RelaxedDNSSearchValidation
        RelaxedEnvironmentVariableValidation ResilientWatchCacheInitialization
        SchedulerQueueingHints SeparateTaintEvictionController StreamingCollectionEncodingToJSON
        StreamingCollectionEncodingToProtobuf StructuredAuthenticationConfiguration""",
    35: """AggregatedDiscoveryRemoveBetaType DynamicResourceAllocation ExecProbeTimeout JobManagedBy
        SystemdWatchdog""",
    36: "DisableNodeKubeProxyVersion MutableCSINodeAllocatableCount VolumeAttributesClass",
    37: "DRAPrioritizedList HostnameOverride",
}
_TO_FALSE: Mapping[int, str] = {
    32: "AllowServiceLBStatusOnNonLB",
    33: "WatchFromStorageWithoutResourceVersion",
    35: "AllowOverwriteTerminationGracePeriodSeconds",
    36: "SeparateCacheWatchRPC",
}


@dataclass(frozen=True)
class Lock:
    """Since which minor a gate is locked, and to what."""

    since: Minor
    to: bool


def _locks() -> Iterator[tuple[str, Lock]]:
    for to, by_minor in ((True, _TO_TRUE), (False, _TO_FALSE)):
        for number, names in by_minor.items():
            for name in names.split():
                yield name, Lock(Minor(1, number), to)


LOCKED_GATES: Mapping[str, Lock] = dict(_locks())
"""By the gate's name."""
