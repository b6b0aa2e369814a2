"""The Auto Scaling groups of managed node groups: settings that are copied, and AZRebalance."""
