"""A lab in a process of its own: a job is a line on stdin, its outcomes a line on stdout.

A job: `{"rows": [Row], "width": rows side by side, "recordings": {setting: [changes]}}`.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.conftest import REPO
from tests.crash.kinds import Kind, Raw
from tests.crash.rows import Kill, Outcome, Row


class LabProcess:
    """The client's end."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="crash-")
        path = os.pathsep.join([str(REPO), str(REPO / "plugins")])
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, self._folder.name],
            cwd=REPO,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, rows: Sequence[Row], recordings: Mapping[str, list[Raw]], width: int
    ) -> list[Outcome]:
        """Run the rows on clusters of their own; returns when all have ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {"rows": [asdict(row) for row in rows], "recordings": recordings, "width": width}
        self._process.stdin.write(json.dumps(job, default=str) + "\n")
        self._process.stdin.flush()
        return [Outcome(**each) for each in json.loads(self._process.stdout.readline())]

    def close(self) -> None:
        """End it, and with it the processes it has forked."""
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()


def row_of(plain: Mapping[str, Any]) -> Row:
    """A row from JSON."""
    kills = tuple(Kill(Kind(**each["kind"]), each["when"]) for each in plain["kills"])
    return Row(plain["name"], plain["setting"], kills)


def serve(folder: Path) -> None:
    """The server's end: until stdin is closed; diaries, logs and reports are in the folder."""
    from tests.crash.lab import Lab  # late: the client needs none of it

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is printed goes to stderr
    with Lab(folder) as lab:
        for line in sys.stdin:
            job = json.loads(line)
            lab.recordings = job["recordings"]
            found = lab.run([row_of(each) for each in job["rows"]], job["width"])
            answers.write(json.dumps([asdict(each) for each in found], default=str) + "\n")
            answers.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
