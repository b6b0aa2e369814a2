"""Pod templates of workloads: the hash that names a revision, and the pod made of one."""

import hashlib
import json

from include.rehearsal.kube.objects.store import copied
from include.rehearsal.raw import Raw, RawDict


def template_hash(template: Raw) -> str:
    """A short hash of a pod template, for `pod-template-hash` and revision labels.

    Only letters that Kubernetes' own hashes are written in, so that names look familiar.
    """
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).digest()
    letters = "bcdfghjklmnpqrstvwxz2456789"
    return "".join(letters[byte % len(letters)] for byte in digest[:10])


def pod_from_template(namespace: str, template: Raw, owner: RawDict, labels: Raw) -> RawDict:
    """A new pod of a controller: its template's metadata and spec, owned by `owner`."""
    metadata = template.get("metadata") or {}
    meta: RawDict = {
        "generateName": owner["name"] + "-",
        "namespace": namespace,
        "labels": {**(metadata.get("labels") or {}), **labels},
        "ownerReferences": [owner],
    }
    if metadata.get("annotations"):
        meta["annotations"] = dict(metadata["annotations"])
    if metadata.get("finalizers"):
        meta["finalizers"] = list(metadata["finalizers"])
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": meta,
        "spec": copied(template.get("spec") or {}),
    }
