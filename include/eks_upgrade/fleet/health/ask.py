"""Asking the addresses of a cluster over HTTP, as anybody would who uses what runs on it."""

import asyncio
import time
from collections.abc import Sequence
from urllib.parse import urljoin

import aiohttp

from include.eks_upgrade.fleet.health.probes import Address, Answered, probe_problem

MAX_AT_ONCE = 5


async def probe_problems(addresses: Sequence[Address]) -> dict[str, str]:
    """What is wrong with these addresses, by address; certificates are verified.

    A redirect is an answer of its own: a page for signing in must not pass for the application.
    """
    if not addresses:
        return {}
    # `trust_env`: proxies, as every other call of production takes them.
    connector = aiohttp.TCPConnector(limit=MAX_AT_ONCE)
    async with aiohttp.ClientSession(connector=connector, trust_env=True) as session:
        answers = await asyncio.gather(*(_ask(session, each) for each in addresses))
    found = zip(addresses, answers, strict=True)
    problems = {address.url: probe_problem(address, answer) for address, answer in found}
    return {f"probe {url}": text for url, text in problems.items() if text}


async def _ask(session: aiohttp.ClientSession, address: Address) -> Answered:
    began = time.monotonic()
    limit = aiohttp.ClientTimeout(total=address.seconds)
    try:
        async with session.get(address.url, timeout=limit, allow_redirects=False) as answer:
            return Answered(
                status=answer.status,
                seconds=time.monotonic() - began,
                leads_to=_target(address.url, answer.headers.get("Location", "")),
            )
    except TimeoutError:
        return Answered(failure=f"none within {address.seconds:g} s")
    except (aiohttp.ClientError, ValueError) as error:
        return Answered(failure=_reason(error))


def _target(url: str, location: str) -> str:
    """Where a redirect leads, for people; it may be written as a path alone, or be nonsense."""
    try:
        return Address(url=urljoin(url, location)).shown if location else ""
    except ValueError:
        return "no address"


def _reason(error: Exception) -> str:
    """Without the address, whose query may be a secret."""
    cause = getattr(error, "os_error", None) or getattr(error, "certificate_error", None)
    return f"{type(error).__name__}{f': {cause}' if cause else ''}"
