"""Is everything as well as before? Workloads after a drain, and the cluster at the very end.

Before the first cordon it is written down which workloads have pods on the old node group and how
many of their pods are Ready (`baseline.py`), in the cluster itself (`keeping.py`), where it stays
until the group is gone. After the drain every pod of the cluster is watched (`watch.py`,
`tally.py`), what has fewer Ready pods is asked how many it wants by now (`asking.py`), and what is
worse for minutes and not for an instant keeps the old group (`compare.py`, `patience.py`).
"""
