"""The rehearsal's own controls over HTTP, below `/_rehearsal/` on the AWS port.

For who runs the rehearsal in another process: clock, faults, the journal, held requests,
credentials, rights, and what other people do to the account meanwhile.
"""

import json
from dataclasses import asdict
from typing import Any

from include.rehearsal.aws.errors import AwsError
from include.rehearsal.aws.front.refusals import HttpResponse, text_response
from include.rehearsal.aws.interference import ACTIONS
from include.rehearsal.callers import Callers, statements
from include.rehearsal.faults.holds import Hold
from include.rehearsal.world import World

Body = dict[str, Any]


class Controls:
    """Answers the requests below `/_rehearsal/`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._holds: list[Hold] = []
        self._known = {
            "clock": self._clock,
            "advance": self._advance,
            "faults": self._faults,
            "journal": self._journal,
            "holds": self._hold,
            "credentials": self._credentials,
            "interference": self._interference,
            "rights": self._rights,
        }

    def answer(self, environ: dict[str, Any]) -> HttpResponse:
        """HttpResponse one request; what is not understood is a 400 that says so."""
        try:
            body = _body(environ)
            with self._world.clock.lock:
                self._world.clock.run_due()
                status, found = 200, self._do(environ["PATH_INFO"], environ["REQUEST_METHOD"], body)
        except (KeyError, ValueError, TypeError, AttributeError, IndexError, AwsError) as error:
            status, found = 400, {"error": f"not understood: {error!r}"}
        text = json.dumps(found, default=str)
        return text_response(status, [("Content-Type", "application/json")], text)

    def _do(self, path: str, method: str, body: Body) -> Body:
        name, _, rest = path.removeprefix("/_rehearsal/").partition("/")
        if name in self._world.controls and not rest:
            return self._world.controls[name](method, body)
        if name == "holds" and rest:
            return self._decide(rest, method)
        if name not in self._known or rest:
            raise ValueError(f"there is no {method} {path}")
        return self._known[name](method, body)

    def _clock(self, _: str, __: Body) -> Body:
        clock = self._world.clock
        return {
            "now": clock.now(),
            "time": clock.timestamp(),
            "speed": clock.speed,
            "failures": clock.failures,
        }

    def _advance(self, method: str, body: Body) -> Body:
        _only_post(method)
        self._world.clock.advance(float(body["seconds"]))
        return self._clock(method, body)

    def _faults(self, method: str, body: Body) -> Body:
        if method == "POST":
            self._world.faults.set(body)
        return self._world.faults.as_json()

    def _journal(self, _: str, body: Body) -> Body:
        """Entries as `Journal.entries` filters them; `changes` leaves only those."""
        only_changes = body.pop("changes", False)
        found = self._world.journal.entries(**body)
        return {"entries": [asdict(each) for each in found if each.changes or not only_changes]}

    def _hold(self, method: str, body: Body) -> Body:
        """POST holds a request (the arguments of `Holds.hold`); GET shows which have arrived."""
        if method == "POST":
            self._holds.append(self._world.holds.hold(**body))
            return {"hold": len(self._holds)}
        return {
            "holds": [
                {
                    "hold": number,
                    "arrived": hold.arrived.is_set(),
                    "operation": hold.request.operation if hold.request else None,
                }
                for number, hold in enumerate(self._holds, start=1)
            ]
        }

    def _decide(self, rest: str, method: str) -> Body:
        """POST holds/<number>/release or holds/<number>/drop."""
        _only_post(method)
        number, _, verdict = rest.partition("/")
        hold = self._holds[int(number) - 1]
        {"release": hold.release, "drop": hold.drop}[verdict]()
        return {"hold": int(number), "verdict": verdict}

    def _credentials(self, method: str, body: Body) -> Body:
        """POST {"rotate": true} or {"expire": key id}; answers the pair to use now."""
        if method == "POST" and body.get("expire"):
            self._world.keys.expire(str(body["expire"]))
        if method == "POST" and body.get("rotate"):
            self._world.keys.rotate()
        key_id, secret = self._world.keys.current
        return {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}

    def _rights(self, method: str, body: Body) -> Body:
        """POST {"principal": ARN or "*", "policies": [policy documents]}: it may do that alone.

        {"principal": ARN, "policies": null}: it may do everything again. {"guardrails": [policy
        documents]}: what service control policies deny everybody. Answers who is bound.
        """
        callers = self._world.callers
        if method == "POST":
            given = callers_of(body)
            if "guardrails" in body:
                callers.guardrails = given.guardrails
            if "principal" in body and body["policies"] is None:
                callers.allow_all(str(body["principal"]))
            callers.policies.update(given.policies)
        return {"bound": sorted(callers.policies), "guardrails": len(callers.guardrails)}

    def _interference(self, method: str, body: Body) -> Body:
        """POST {"do": the name of one of ACTIONS, its arguments}; GET lists the names."""
        if method == "POST":
            action = ACTIONS[body.pop("do")]
            return {"result": action(self._world, **body)}
        return {"known": sorted(ACTIONS)}


def callers_of(body: Body) -> Callers:
    """What a request tells of callers; nothing is set before all of it is understood."""
    unknown = set(body) - {"principal", "policies", "guardrails"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    found = Callers(guardrails=statements(body.get("guardrails") or ()))
    if body.get("policies") is not None:
        found.grant(str(body["principal"]), *body["policies"])
    return found


def _only_post(method: str) -> None:
    if method != "POST":
        raise ValueError("use POST")


def _body(environ: dict[str, Any]) -> Body:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    raw = environ["wsgi.input"].read(length) if length else b""
    found = json.loads(raw or b"{}")
    if not isinstance(found, dict):
        raise ValueError("the body is not a JSON object")
    return found
