"""CPU and memory of each of Airflow's components, with all that they start."""

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psutil

INTERVAL = 2.0


@dataclass(frozen=True)
class Use:
    """What a component and its processes use.

    Attributes:
        cpu: seconds, those of processes that have ended included.
        memory: bytes; what processes share is counted once (PSS).
        own: seconds of the component's first process alone, without what it has started.
    """

    cpu: float
    memory: int
    own: float = 0.0


def use_of(guard: int) -> Use:
    """Of everything below a guard, by its pid; the guard itself is only ours."""
    root = psutil.Process(guard)
    times = root.cpu_times()
    cpu, memory, own = times.children_user + times.children_system, 0, 0.0
    for process in root.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.ppid() == guard:
                own += sum(process.cpu_times()[:2])
            # Children that have ended are in their parent's count once it has waited for them.
            cpu += sum(process.cpu_times()[:4])
            memory += process.memory_full_info().pss
    return Use(cpu, memory, own)


@dataclass
class Meter:
    """Looks every two seconds until it is stopped; a context manager.

    Args:
        guards: the pid of the guard of each component.
        also: called at each look.

    Attributes:
        peak: most memory of each component.
        together: most memory of all at one moment.
    """

    guards: Mapping[str, int]
    also: Callable[[], None] = lambda: None
    peak: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    together: int = 0
    _first: dict[str, Use] = field(default_factory=dict)
    _stopped: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Meter":
        self._first = self.look()
        self._thread = threading.Thread(target=self._watch, name="meter", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def look(self) -> dict[str, Use]:
        """What each uses now."""
        found = {name: use_of(pid) for name, pid in self.guards.items()}
        for name, use in found.items():
            self.peak[name] = max(self.peak[name], use.memory)
        self.together = max(self.together, sum(use.memory for use in found.values()))
        return found

    def cpu(self) -> dict[str, float]:
        """Seconds of each since the first look."""
        return {name: use.cpu - self._first[name].cpu for name, use in self.look().items()}

    def own(self) -> dict[str, float]:
        """Seconds of each one's first process since the first look."""
        return {name: use.own - self._first[name].own for name, use in self.look().items()}

    def _watch(self) -> None:
        while not self._stopped.wait(INTERVAL):
            with contextlib.suppress(psutil.NoSuchProcess):
                self.look()
            self.also()


class Rate:
    """How often something happens: in all, and in the densest second.

    Args:
        count: how often it has happened so far.
    """

    def __init__(self, count: Callable[[], int]) -> None:
        self._count, self._seen, self._at = count, count(), time.monotonic()
        self.highest = 0.0

    def look(self) -> None:
        """Take the rate since the last look."""
        seen, now = self._count(), time.monotonic()
        self.highest = max(self.highest, (seen - self._seen) / (now - self._at))
        self._seen, self._at = seen, now
