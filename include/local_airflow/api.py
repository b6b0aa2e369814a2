"""A client of Airflow's public REST API, as much of it as the demo and the tests need."""

import contextlib
from typing import Any

import httpx

from include.local_airflow.problems import CannotStart

PAGE = 100  # Airflow's default `maximum_page_limit`
# Many components that start at once on a small machine keep its api-server waiting.
SECONDS = 120.0


class ApiProblem(CannotStart):
    """Airflow's API refused a request; the message holds the beginning of its answer."""

    def __init__(self, method: str, path: str, status: int, answer: str) -> None:
        self.status, self.answer = status, answer
        super().__init__(f"Airflow's API answered {status} to {method} {path}: {answer[:500]}")


class AirflowApi:
    """Speaks to one api-server as its admin.

    Args:
        url: `http://127.0.0.1:PORT`.
        password: of the user `admin`; exchanged for a token at the first request.
    """

    def __init__(self, url: str, password: str) -> None:
        self._password = password
        # Loopback never goes through a proxy, whatever the environment says.
        self._client = httpx.Client(base_url=url, timeout=SECONDS, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def health(self) -> dict[str, str]:
        """Status of each component (`healthy`, ...); empty while the server is not up."""
        try:
            answer = self._client.get("/api/v2/monitor/health", timeout=5.0)
        except httpx.TransportError:
            return {}
        if answer.status_code != httpx.codes.OK:
            return {}
        return {name: str((part or {}).get("status")) for name, part in answer.json().items()}

    def warm_up(self) -> None:
        """Have the server build its task API, which it otherwise does at the first task (4 s)."""
        with contextlib.suppress(httpx.TransportError):
            self._client.get("/execution/health")

    def call(self, method: str, path: str, json: Any = None) -> Any:
        """One request; `path` begins with `/api/v2`.

        Returns:
            The answer's JSON; None for an empty one.

        Raises:
            ApiProblem: the answer was not a success.
        """
        if "Authorization" not in self._client.headers:
            self._log_in()
        answer = self._client.request(
            method, path, json=json, headers={"Accept": "application/json"}
        )
        if answer.is_error:
            raise ApiProblem(method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def pages(self, path: str, key: str) -> list[dict[str, Any]]:
        """All entries of a listing, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            joint = "&" if "?" in path else "?"
            page = self.call("GET", f"{path}{joint}limit={PAGE}&offset={len(found)}")
            found += page[key]
            if not page[key] or len(found) >= page["total_entries"]:
                return found

    def _log_in(self) -> None:
        body = {"username": "admin", "password": self._password}
        answer = self._client.post("/auth/token", json=body)
        if answer.is_error:
            raise ApiProblem("POST", "/auth/token", answer.status_code, answer.text)
        self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
