"""Policies and roles for one cluster, made of those under `include/permissions/`."""
