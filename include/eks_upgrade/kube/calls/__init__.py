"""The requests of `KubeClient`, by what they are about."""
