variable "role_name" {
  type        = string
  default     = "eks-fleet"
  description = "The same in all accounts; role_name in the fleet file"
}

variable "airflow_role_arn" {
  type        = string
  description = "The role of Airflow's workers and triggerers, which assumes this one"
}

variable "external_id" {
  type        = string
  default     = ""
  description = "Has to be given by whoever assumes the role; empty for none"
}

data "aws_caller_identity" "here" {}

data "aws_partition" "here" {}

resource "aws_iam_role" "eks_fleet" {
  name                 = var.role_name
  description          = "Assumed by the Airflow that upgrades the EKS clusters of this account"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [merge({
      "Effect" : "Allow",
      "Principal" : { "AWS" : var.airflow_role_arn },
      "Action" : "sts:AssumeRole"
    }, var.external_id == "" ? {} : { "Condition" : { "StringEquals" : { "sts:ExternalId" : var.external_id } } })]
  })
}

resource "aws_iam_role_policy" "eks_fleet_discovery" {
  name = "eks-fleet-discovery"
  role = aws_iam_role.eks_fleet.id
  policy = jsonencode({
    "Version" : "2012-10-17",
    "Statement" : [
      {
        "Sid" : "ListTheClustersAndWhatEksOffers",
        "Effect" : "Allow",
        "Action" : ["eks:ListClusters", "eks:DescribeClusterVersions"],
        "Resource" : "*"
      },
      {
        "Sid" : "LookAtEveryCluster",
        "Effect" : "Allow",
        "Action" : ["eks:DescribeCluster", "eks:ListNodegroups", "eks:DescribeNodegroup"],
        "Resource" : [
          "arn:${data.aws_partition.here.partition}:eks:*:${data.aws_caller_identity.here.account_id}:cluster/*",
          "arn:${data.aws_partition.here.partition}:eks:*:${data.aws_caller_identity.here.account_id}:nodegroup/*/*/*"
        ]
      }
    ]
  })
}

output "role_arn" {
  description = "role_arn in the fleet file"
  value       = aws_iam_role.eks_fleet.arn
}
