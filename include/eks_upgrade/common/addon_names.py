"""Names of EKS add-ons, as EKS has them."""

OFTEN_SELF_MANAGED = (
    "vpc-cni",
    "coredns",
    "kube-proxy",
    "aws-ebs-csi-driver",
    "aws-efs-csi-driver",
    "aws-mountpoint-s3-csi-driver",
    "eks-pod-identity-agent",
    "metrics-server",
    "snapshot-controller",
)
"""Those that are often run without EKS's doing, by a chart or from the days before add-ons."""
