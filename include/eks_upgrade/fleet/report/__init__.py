"""The report of one run of the fleet: what each ring and cluster came to, and how to go on."""
