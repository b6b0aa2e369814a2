"""One opening of a window, in real time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, order=True)
class Opening:
    """From when to when work may begin.

    Attributes:
        start: in UTC.
        end: in UTC; what runs then is finished.
        cutoff: from here to the end nothing begins.
        window: the window's name.
        zone: in which people read its times.
    """

    start: datetime
    end: datetime
    cutoff: datetime
    window: str
    zone: str = "UTC"

    def contains(self, moment: datetime) -> bool:
        """Whether the window is open."""
        return self.start <= moment < self.end
