"""Problems that a person reads as one sentence instead of a traceback."""


class CannotStart(Exception):
    """Something on this machine stands in the way; the message says what and what to do."""


class ComponentDied(CannotStart):
    """A process that has to run has ended; the message holds the last lines of its log."""
