"""Auto Scaling groups, simulated, and their instances as nodes."""
