"""Label selectors as objects carry them: `matchLabels` and `matchExpressions`.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/; what people
type is read in `selectors.py`.
"""

from collections.abc import Mapping

from include.eks_upgrade.common.raw import Raw


def selects(selector: Raw, labels: Mapping[str, str]) -> bool:
    """Whether a `metav1.LabelSelector` selects these labels; all its parts must agree."""
    exact = selector.get("matchLabels") or {}
    if any(labels.get(key) != value for key, value in exact.items()):
        return False
    return all(_agrees(part, labels) for part in selector.get("matchExpressions") or ())


def _agrees(part: Raw, labels: Mapping[str, str]) -> bool:
    key, values = part["key"], part.get("values") or ()
    match part["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":  # an absent key is not in the set
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False
