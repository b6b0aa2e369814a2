"""Shows the progress: a live table in a terminal, plain lines on change elsewhere."""

import time
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from include.local_airflow.demo.progress import Row, changed_lines

STYLES = {"done": "green", "failed": "bold red", "waiting": "cyan", "running": "yellow"}
MARGIN = 6  # lines of the terminal that the table leaves free


class Screen:
    """Where progress is shown; a context manager.

    Args:
        console: rich's console; a file that is no terminal gets plain lines.
        title: what stands above the table.
    """

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._began = time.monotonic()
        self._rows: Sequence[Row] = ()
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, rows: Sequence[Row]) -> None:
        """Show the rows as they are now."""
        passed = time.monotonic() - self._began
        if self._live:
            room = max(3, self._console.height - MARGIN)
            shown = table(fitting(rows, room), f"{self._title}, {passed:.0f} s")
            self._live.update(shown, refresh=True)
        else:
            for line in changed_lines(self._rows, rows, passed):
                self._console.print(line, soft_wrap=True, markup=False, highlight=False)
        self._rows = rows


def fitting(rows: Sequence[Row], room: int) -> list[Row]:
    """The rows to show in `room` lines: all that go on, and the last that have ended."""
    active = [row for row in rows if row.is_active]
    left = max(0, room - sum(len(lines_of(row)) for row in active))
    ended = [row for row in rows if not row.is_active]
    kept = [*ended[len(ended) - left :], *active] if left < len(ended) else rows
    return [row for row in rows if row in kept]


def lines_of(row: Row) -> list[str]:
    """A row's message: one line once it has ended, every part on its own while it goes on."""
    return row.message.split("; ") if row.is_active else [row.message]


def table(rows: Sequence[Row], title: str) -> Table:
    """The rows as a table."""
    made = Table(title=title, title_justify="left", expand=True)
    for name in ("phase", "task", "state"):
        made.add_column(name, no_wrap=True)
    made.add_column("seconds", justify="right", no_wrap=True)
    made.add_column("what it did or waits for", ratio=1)
    for row in rows:
        state = Text(row.state, STYLES.get(row.state, ""))
        message = Text("\n".join(lines_of(row)), no_wrap=True, overflow="ellipsis")
        made.add_row(row.phase, row.task, state, f"{row.seconds:.0f}", message)
    return made
