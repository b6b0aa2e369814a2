"""An auth manager in which a reader may read some DAGs and not others, as FAB's roles allow."""

from typing import Any

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser


class PerDagAuthManager(SimpleAuthManager):
    """A user's role here is the one DAG whose runs it may read; without a DAG nobody is asked.

    With `any` in place of a DAG, as in FAB: who may read one DAG may read "DAGs".
    """

    def init(self) -> None:
        """There are no passwords to make."""

    def is_authorized_dag(
        self,
        *,
        method: str,
        user: SimpleAuthManagerUser,
        access_entity: DagAccessEntity | None = None,
        details: DagDetails | None = None,
        **_: Any,
    ) -> bool:
        """Whether it is that DAG, and its runs that are wanted."""
        if details is None or details.id is None:
            return True
        return method == "GET" and access_entity is DagAccessEntity.RUN and details.id == user.role
