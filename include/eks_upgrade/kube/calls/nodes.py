"""The requests that change nodes: cordon, take out of load balancers, and lift our marks again."""

from collections.abc import Callable

from include.eks_upgrade.common.raw import Raw
from include.eks_upgrade.kube import node_marks
from include.eks_upgrade.kube.calls.base import ApiCalls
from include.eks_upgrade.kube.connection.transport import Call
from include.eks_upgrade.kube.errors import error_of
from include.eks_upgrade.kube.objects import BUDGETS_PASSED, Node

TRIES_OF_A_WRITE = 5
"""How often a node is read and written again when another writer came between."""

NODES = "/api/v1/nodes"


class NodeCalls(ApiCalls):
    """A part of `KubeClient`."""

    async def cordon(self, name: str, mark: str, *, seen: Node | None = None) -> bool:
        """Make a node unschedulable, with a mark that it was us; True when that changed it.

        A node that is cordoned already stays as it is: its cordon is somebody else's.

        Args:
            name: the node.
            mark: who cordons it; kept in the annotation `CORDONED_BY`.
            seen: the node as it was just read, which saves reading it again.
        """
        return await self._change_node(name, lambda node: node_marks.cordon(node, mark), seen)

    async def exclude(self, name: str, mark: str, now: float, *, seen: Node | None = None) -> bool:
        """Keep a node out of load balancers, by the label `EXCLUDED`; True when that changed it.

        Args:
            name: the node.
            mark: who labels it; kept in the annotation `EXCLUDED_BY`.
            now: epoch seconds; kept in the annotation `EXCLUDED_AT`.
            seen: the node as it was just read, which saves reading it again.
        """
        return await self._change_node(name, lambda node: node_marks.exclude(node, mark, now), seen)

    async def lift_marks(self, name: str) -> bool:
        """Lift our own cordon and label, found by their marks; True when that changed the node."""
        return await self._change_node(name, node_marks.lift)

    async def note_passed(self, name: str, change: Callable[[str], str]) -> bool:
        """Rewrite a node's annotation `BUDGETS_PASSED`; True when that changed the node.

        Args:
            name: the node.
            change: the new text from the present one, which is empty without the annotation.
        """

        def noted(node: Node) -> Raw | None:
            text = change(node.budgets_passed)
            if text == node.budgets_passed:
                return None
            return {"metadata": {"annotations": {BUDGETS_PASSED: text}}}

        return await self._change_node(name, noted)

    async def _change_node(
        self,
        name: str,
        change: Callable[[Node], Raw | None],
        seen: Node | None = None,
    ) -> bool:
        """Read the node, ask what is to change, write it if nobody else wrote meanwhile."""
        path = f"{NODES}/{name}"
        for _ in range(TRIES_OF_A_WRITE):
            node = seen or await self._node(path)
            wanted = None if node is None else change(node)
            if node is None or wanted is None:
                return False
            written = await self._transport.request(_node_patch(path, node, wanted))
            if written.status != 409:
                break
            seen = None
        if not written.ok and written.status != 404:
            raise error_of("patch nodes", written)
        return written.ok

    async def _node(self, path: str) -> Node | None:
        """A node, None when its instance has ended meanwhile."""
        raw = await self._get("nodes", path)
        return None if raw is None else Node.from_raw(raw)


def _node_patch(path: str, node: Node, wanted: Raw) -> Call:
    """A write that is refused (409) if the node has changed since it was read."""
    meta = {**wanted["metadata"], "resourceVersion": node.version}
    return Call(
        what="patch nodes",
        method="PATCH",
        path=path,
        body={**wanted, "metadata": meta},
        content_type="application/merge-patch+json",
    )
