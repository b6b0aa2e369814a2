"""Handing what a fleet measures to Airflow's own metrics, wherever they go (docs/metrics.md)."""

import logging
from collections.abc import Iterable

from airflow.sdk.observability import stats

from include.eks_upgrade.fleet.metrics import GAUGES, Sample

log = logging.getLogger(__name__)


def emit(samples: Iterable[Sample]) -> None:
    """Hand them over; where Airflow has no metrics nothing happens. Never raises."""
    for each in samples:
        try:
            _emit(each)
        except Exception as error:  # noqa: BLE001 - a number that is lost fails no task
            log.warning("metric %s was not handed over: %s", each.metric, error)


def _emit(sample: Sample) -> None:
    tags = {name: _word(value) for name, value in sample.tags.items() if value}
    if sample.metric in GAUGES:
        stats.gauge(str(sample.metric), sample.value, tags=tags)
    else:
        stats.incr(str(sample.metric), int(sample.value), tags=tags)


def _word(value: str) -> str:
    """A tag's value as StatsD takes it: what separates its parts is not part of it."""
    return "".join("_" if sign in " ,=:|#@\n" else sign for sign in value)
