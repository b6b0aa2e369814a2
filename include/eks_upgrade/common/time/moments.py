"""Points in time as AWS tells them: botocore's datetime, an ISO text, or a number of seconds."""

from datetime import UTC, datetime


def moment_of(value: object) -> datetime | None:
    """The moment in UTC; None for nothing and for what cannot be read.

    AWS's own texts are not always a time: "2020-09-24T13:31:456.000Z" has been seen.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        return moment_of(datetime.fromisoformat(value)) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def moment_text(value: object) -> str:
    """The moment to the minute, `2025-09-19 05:04 UTC`; empty for what cannot be read."""
    moment = moment_of(value)
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""
