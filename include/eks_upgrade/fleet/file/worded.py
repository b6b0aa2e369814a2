"""Errors of validators that bring their words with them: what is wrong, and what lifts it."""

from collections.abc import Callable

from pydantic import AfterValidator


class Misfit(ValueError):
    """A value that cannot be; pydantic hands it on with the place."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what, self.remedy = what, remedy


def judged_by(problem_of: Callable[[str], tuple[str, str] | None]) -> AfterValidator:
    """A validator of a text.

    Args:
        problem_of: what is wrong with it, and the remedy; None: nothing.
    """

    def judge(text: str) -> str:
        problem = problem_of(text)
        if problem:
            raise Misfit(*problem)
        return text

    return AfterValidator(judge)
