"""Feature gates that are gone: a kubelet that is given one of them does not start. Pure.

A gate is unknown to every part of Kubernetes once it is removed, whichever part it was for:
"unrecognized feature gate". Read on 13 August 2026 in the release notes of 1.25 to 1.37 (see
`removed_flags.py`), and for 1.25 to 1.27 in
https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates-removed/
The notes do not name every gate, so that one that is missing here may be gone all the same.
"""

from collections.abc import Mapping

from include.eks_upgrade.common.versions import Minor

_BY_MINOR: Mapping[int, str] = {
    25: """CSIServiceAccountToken ConfigurableFSGroupPolicy EndpointSlice EndpointSliceNodeName
        EndpointSliceProxying GenericEphemeralVolume HugePageStorageMediumSize
        IPv6DualStack ImmutableEphemeralVolumes IngressClassNamespacedParams RuntimeClass
        SetHostnameAsFQDN StorageObjectInUseProtection StreamingProxyRedirects TTLAfterFinished
        ValidateProxyRedirects VolumeSubpath VolumeSubpathEnvExpansion WarningHeaders
        WindowsEndpointSliceProxying""",
    26: """AllowInsecureBackendProxy CSIMigrationOpenStack CSIVolumeFSGroupPolicy CSRDuration
        DefaultPodTopologySpread DynamicKubeletConfig IndexedJob NonPreemptingPriority
        PodAffinityNamespaceSelector PodDisruptionBudget PodOverhead PreferNominatedNode
        SelectorIndex ServiceLBNodePortControl ServiceLoadBalancerClass SuspendJob""",
    27: """CSIInlineVolume CSIMigration CSIMigrationAWS CSIMigrationAzureDisk
        ControllerManagerLeaderMigration DaemonSetUpdateSurge EphemeralContainers ExpandCSIVolumes
        ExpandInUsePersistentVolumes ExpandPersistentVolumes IdentifyPodOS
        LocalStorageCapacityIsolation NetworkPolicyEndPort StatefulSetMinReadySeconds""",
    28: """AdvancedAuditing CSIMigrationGCE CSIStorageCapacity DelegateFSGroupToCSIDriver
        DevicePlugins DisableAcceleratorUsageMetrics EndpointSliceTerminatingCondition
        KubeletCredentialProviders MixedProtocolLBService PodSecurity ServiceIPStaticSubrange
        ServiceInternalTrafficPolicy WindowsHostProcessContainers""",
    29: """CSIMigrationvSphere CronJobTimeZone DownwardAPIHugePages GRPCContainerProbe
        JobMutableNodeSchedulingDirectives JobTrackingWithFinalizers
        LegacyServiceAccountTokenNoAutoGeneration OpenAPIV3 ProbeTerminationGracePeriod
        RetroactiveDefaultStorageClass SeccompDefault TopologyManager""",
    30: """APISelfSubjectReview ExpandedDNSConfig ExperimentalHostUserNamespaceDefaultingGate
        IPTablesOwnershipCleanup KubeletPodResources KubeletPodResourcesGetAllocatable
        LegacyServiceAccountTokenTracking MinimizeIPTablesRestore ProxyTerminatingEndpoints
        RemoveSelfLink""",
    31: """APIPriorityAndFairness CSINodeExpandSecret ConsistentHTTPGetHandlers
        CustomResourceValidationExpressions DefaultHostNetworkHostPortsInPodTemplates
        InTreePluginAWSUnregister InTreePluginAzureDiskUnregister InTreePluginAzureFileUnregister
        InTreePluginGCEUnregister InTreePluginOpenStackUnregister InTreePluginvSphereUnregister
        ReadWriteOncePod ServiceNodePortStaticSubrange SkipReadOnlyValidationGCE""",
    32: """CloudDualStackNodeIPs DRAControlPlaneController HPAContainerMetrics KMSv2 KMSv2KDF
        LegacyServiceAccountTokenCleanUp MinDomainsInPodTopologySpread
        NewVolumeManagerReconstruction NodeOutOfServiceVolumeDetach PodHostIPs ServerSideApply
        ServerSideFieldValidation StableLoadBalancerNodeSet
        ValidatingAdmissionPolicy ZeroLimitedNominalConcurrencyShares""",
    33: """AppArmor AppArmorFields CPUManager DisableCloudProviders
        DisableKubeletCloudCredentialProviders JobPodFailurePolicy KubeProxyDrainingTerminatingNodes
        PDBUnhealthyPodEvictionPolicy PersistentVolumeLastPhaseTransitionTime""",
    34: "DevicePluginCDIDevices LegacySidecarContainers PodDisruptionConditions",
    35: """ComponentSLIs SizeMemoryBackedVolumes StrictCostEnforcementForVAP
        StrictCostEnforcementForWebhooks UserNamespacesPodSecurityStandards""",
    36: """CSIMigrationPortworx HonorPVReclaimPolicy InTreePluginPortworxUnregister
        WatchFromStorageWithoutResourceVersion""",
    37: """APIServerTracing AnyVolumeDataSource BtreeWatchCache ConsistentListFromCache
        GangScheduling OrderedNamespaceDeletion PreventStaticPodAPIReferences
        RelaxedDNSSearchValidation ResilientWatchCacheInitialization RetryGenerateName
        SidecarContainers StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf
        WorkloadAwarePreemption""",
}

REMOVED_GATES: Mapping[str, Minor] = {
    name: Minor(1, number) for number, names in _BY_MINOR.items() for name in names.split()
}
"""The first minor that knows a gate no more, by its name."""
