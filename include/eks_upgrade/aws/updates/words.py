"""What each kind of update of a cluster does, to stand in a sentence. Pure.

The kinds are `UpdateType` of botocore's service model; a test holds this table against it.
"""

UPDATE_WORDS = {
    "VersionUpdate": "moves its control plane to another version",
    "VersionRollback": "takes its control plane back to the version before",
    "EndpointAccessUpdate": "changes who reaches its endpoint",
    "LoggingUpdate": "changes which logs its control plane writes",
    "ConfigUpdate": "changes its configuration",
    "AssociateIdentityProviderConfig": "gives it an identity provider",
    "DisassociateIdentityProviderConfig": "takes an identity provider from it",
    "AssociateEncryptionConfig": "encrypts its Secrets with a key, which can take hours",
    "AddonUpdate": "changes an add-on",
    "VpcConfigUpdate": "changes its subnets or security groups",
    "AccessConfigUpdate": "changes how it knows who may do what",
    "UpgradePolicyUpdate": "changes what happens at the end of standard support",
    "ZonalShiftConfigUpdate": "changes whether it takes part in zonal shifts",
    "AutoModeUpdate": "switches EKS Auto Mode on or off",
    "RemoteNetworkConfigUpdate": "changes the networks of its hybrid nodes",
    "DeletionProtectionUpdate": "changes its protection from deletion",
    "CapabilityUpdate": "changes a capability (ACK, kro or Argo CD)",
    "ControlPlaneScalingConfigUpdate": "changes the tier of its control plane",
    "VendedLogsUpdate": "changes where its logs go",
    "ControlPlaneEgressUpdate": "changes how its control plane reaches out",
    "ControlPlaneComponentConfigUpdate": "changes settings of its control plane's components",
    "CertificateAuthorityUpdate": "changes its certificate authority",
}


def update_words(kind: object) -> str:
    """What an update of this kind does; empty for a kind that came later."""
    return UPDATE_WORDS.get(str(kind), "")
