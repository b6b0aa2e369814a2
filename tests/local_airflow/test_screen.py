import io

from rich.console import Console

from include.local_airflow.demo.progress import Row
from include.local_airflow.demo.screen import Screen, fitting

WAITING = Row("control plane", "wait", "waiting", 3.0, "update is InProgress [1/2]")
DONE = Row("control plane", "wait", "done", 5.0, "cluster is at 1.26")


def test_a_pipe_gets_plain_lines_on_change_only():
    out = io.StringIO()
    with Screen(Console(file=out, width=40), "eks_upgrade") as screen:
        screen.show([WAITING])
        screen.show([WAITING])
        screen.show([DONE])

    first, second = out.getvalue().splitlines()
    assert first.endswith("control plane: wait, waiting (3 s): update is InProgress [1/2]")
    assert second.endswith("control plane: wait, done (5 s): cluster is at 1.26")


def test_a_terminal_gets_a_table_with_phase_state_seconds_and_message():
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, height=40, color_system=None)
    with Screen(console, "eks_upgrade") as screen:
        screen.show([WAITING])

    text = out.getvalue()
    for part in ("control plane", "waiting", "update is InProgress [1/2]", "eks_upgrade, 0 s"):
        assert part in text


def test_a_low_terminal_shows_what_goes_on_and_the_last_that_ended():
    ended = [Row("node group", f"task {n}", "done", 1.0, "did it") for n in range(30)]
    drain = Row("node group", "drain blue", "waiting", 5.0, "3 of 9 pods moved; node a: 1 of 4")
    shown = fitting([*ended[:20], drain, *ended[20:]], 10)
    assert drain in shown
    assert [row.task for row in shown if row is not drain] == [f"task {n}" for n in range(22, 30)]
