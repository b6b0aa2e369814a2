"""Names of runs that say what they are about, wherever runs of many clusters are listed."""

import re
from datetime import UTC, datetime

MAX_LENGTH = 250
"""Characters that Airflow 3.3.2 has for the id of a run."""

_TAKEN = re.compile(r"[^A-Za-z0-9_.~-]+")
"""What is left out: Airflow takes `:` and `+`, too, but an address has them escaped."""


def upgrade_run_id(
    cluster: str,
    from_version: str = "",
    to_version: str = "",
    when: datetime | None = None,
    *,
    place: str = "",
) -> str:
    """The id of an upgrade's run, for whoever triggers one: a DAG over many clusters, a script.

    Args:
        cluster: the cluster's name.
        from_version: Kubernetes minor that it has, if that is known.
        to_version: Kubernetes minor that it is to have, if one is asked for.
        when: the moment that makes it unique, to the second; without a zone it is UTC.
            By default now.
        place: account and region, `111122223333/eu-west-1`, where clusters of several are
            upgraded and two may have the same name.

    Returns:
        For example `upgrade__payments-prod__1.33-to-1.34__20261126T031200Z`.
    """
    moment = when or datetime.now(UTC)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    end = f"__{moment:%Y%m%dT%H%M%SZ}"
    versions = "-".join(
        [*([from_version] if from_version else []), *(["to", to_version] if to_version else [])]
    )
    parts = ["upgrade", *([place] if place else []), cluster, *([versions] if versions else [])]
    clean = "__".join(_TAKEN.sub("-", part.strip()) for part in parts)
    return f"{clean[: MAX_LENGTH - len(end)]}{end}"


_HOP = re.compile(
    r"(?P<head>.+__)(?:\d+\.\d+-)?to-\d+\.\d+(?P<stamp>__\d{8}T\d{6}Z)(?:-(?P<times>\d+))?"
)


def next_hop_run_id(run_id: str, versions: tuple[str, str], *, again: bool, otherwise: str) -> str:
    """The id of the run that goes on where another one has ended.

    It follows from that one's id, so that a run which is started by a task that is killed, or
    cleared, is the same one again.

    Args:
        run_id: of the run that has ended.
        versions: from which minor to which the next one goes.
        again: whether the same hop may have been tried before by a run of the same chain.
        otherwise: the id, where the one before was named by somebody else.
    """
    found = _HOP.fullmatch(run_id)
    if found is None:
        return otherwise
    times = int(found["times"] or 1) + again
    suffix = f"-{times}" if times > 1 else ""
    new = f"{found['head']}{versions[0]}-to-{versions[1]}{found['stamp']}{suffix}"
    return new if len(new) <= MAX_LENGTH else otherwise
