"""Owner references: who controls an object."""

from include.rehearsal.raw import Raw, RawDict


def controller_of(obj: Raw) -> RawDict | None:
    """The owner reference that has `controller: true`, or None."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            found: RawDict = reference
            return found
    return None


def owner_reference(owner: Raw, api_version: str, kind: str) -> RawDict:
    """The owner reference a controller writes on what it creates."""
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
