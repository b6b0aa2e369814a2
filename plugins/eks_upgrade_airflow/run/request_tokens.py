"""`clientRequestToken`s: one try of a step sends the same one however often it sends it.

They close the gap between sending a request and learning that it was accepted: a worker that
sends again within its try is answered with what it has started already. Not a secret.
"""

import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import Context

NAMESPACE = uuid.UUID("5f0f6f0e-6f2a-5b7e-9a53-6a1b3d1c7c25")


def request_token(context: "Context", step: str) -> str:
    """36 characters that name the run, the try and the step.

    The try is part of it: EKS remembers a token together with its answer, and a person who
    clears a task after a failed update wants a new update, not the memory of the old one.
    """
    ti = context["ti"]
    return str(uuid.uuid5(NAMESPACE, f"{ti.dag_id}/{ti.run_id}/{ti.try_number}/{step}"))
