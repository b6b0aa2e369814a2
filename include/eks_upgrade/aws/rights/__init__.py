"""Rights in AWS: what they are, how IAM is asked for them, and how a missing one is told."""
