"""Numbers of things in a sentence: `1 pod is blocked`, `3 pods are blocked`."""


def counted(number: int, one: str, many: str = "") -> str:
    """A number and its noun; `many` is the plural that does not just end in `s`."""
    return f"{number} {agreeing(number, one, many)}"


def agreeing(number: int, one: str, many: str = "") -> str:
    """The word that goes with so many of something: `is` or `are`, `budget` or `budgets`."""
    return one if number == 1 else many or f"{one}s"
