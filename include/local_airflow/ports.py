"""Free ports on 127.0.0.1, and the sentence for a port that is taken."""

import socket

from include.local_airflow.problems import CannotStart

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether this port of 127.0.0.1 can be bound now."""
    with socket.socket() as trial:
        # As servers do: a port in TIME_WAIT from our own last run counts as free.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Different ports that are free now; all are held until all are known."""
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind((LOOPBACK, 0))
        return [int(each.getsockname()[1]) for each in held]
    finally:
        for each in held:
            each.close()


def port_or_free(wanted: int | None, what: str) -> int:
    """The wanted port if it is free; any free one when none is wanted.

    Raises:
        CannotStart: the wanted port is taken.
    """
    if wanted is None:
        return free_ports(1)[0]
    if not is_free(wanted):
        raise CannotStart(
            f"Port {wanted} on {LOOPBACK}, wanted for {what}, is taken by another program. "
            "Stop that program, or leave the port out to have a free one chosen."
        )
    return wanted
