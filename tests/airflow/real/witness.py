"""A witness of a drain that asks nobody: it counts Ready pods in the rehearsal's own store."""

from collections import defaultdict
from typing import Any

from include.rehearsal.kube.objects.status import is_ready, is_terminating
from include.rehearsal.kube.objects.store import Store, StoreEvent


class ReadyWitness:
    """The fewest Ready pods of each app (`namespace/app`) since it began to look.

    A pod that is told to stop counts as not Ready from then on, as it does for a budget.

    Args:
        store: of the cluster; call this with the clock's lock held.
        label: of the pods that belong together.
    """

    def __init__(self, store: Store, label: str = "app") -> None:
        self.label = label
        self._ready: dict[str, set[str]] = defaultdict(set)
        self.lowest: dict[str, int] = {}
        for pod in store.list("pods"):
            self._take(pod, gone=False)
        self.lowest = {app: len(uids) for app, uids in self._ready.items()}
        store.listen(self._on_event)

    def _on_event(self, event: StoreEvent) -> None:
        if event.plural == "pods":
            app = self._take(event.object, gone=event.type == "DELETED")
            self.lowest[app] = min(self.lowest.get(app, 0), len(self._ready[app]))

    def _take(self, pod: dict[str, Any], *, gone: bool) -> str:
        meta = pod["metadata"]
        app = f"{meta['namespace']}/{(meta.get('labels') or {}).get(self.label, '')}"
        if is_ready(pod) and not gone and not is_terminating(pod):
            self._ready[app].add(meta["uid"])
        else:
            self._ready[app].discard(meta["uid"])
        return app
