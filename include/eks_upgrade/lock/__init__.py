"""The cluster's lock: a Lease that one run holds, and when it may be taken from a dead one."""
