"""Failures that a library only logs: Apprise returns False, and Airflow's hook drops that."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

LOGGER = "apprise"


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


@contextmanager
def complaints() -> Iterator[list[str]]:
    """What the library warns of in this block; the list is filled as it goes.

    It works in threads of its own, so what two notifiers of this kind do at the same time is said
    of both.
    """
    collector = _Collector()
    logger = logging.getLogger(LOGGER)
    logger.addHandler(collector)
    try:
        yield collector.found
    finally:
        logger.removeHandler(collector)
