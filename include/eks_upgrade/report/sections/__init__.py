"""The sections of a report, each from the record of its run."""
