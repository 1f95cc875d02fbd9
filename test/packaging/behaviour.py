"""How launchdarkly-api 13.0.0 and this library behave in the same scenarios.

The files in ``scenarios`` hold short programs. Below each is the outcome of its last line:
``both``, or ``there`` with 13.0.0 and ``here`` with this library. Then ``row`` is the beginning of
the row in the migration guide that describes the difference. An outcome is the ``repr`` of the
value, or ``raises`` and the class of the exception or one of its bases.

``python -m test.packaging.behaviour`` runs all scenarios with the library that Python imports, and
prints the outcomes as JSON.
"""

from __future__ import annotations

import contextlib
import copy
import importlib
import io
import json
import logging
import re
import sys
import warnings
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

from test.fault_server import EXPERIMENT, FaultServer, answer, before_reading, raw, reset, stall

SCENARIOS = Path(__file__).with_name("scenarios")
PACKAGE = "launchdarkly_api"
ITERATION = "IterationInput('h', MetricsInput([]), TreatmentsInput([]), FlagsInput())"
#: The arguments of each call, and the body of its response.
CALLS: dict[str, tuple[str, Any]] = {
    "create_experiment": (f"'p', 'e', ExperimentPost('n', 'm', 'k', {ITERATION})", EXPERIMENT),
    "create_iteration": (
        f"'p', 'e', 'x', {ITERATION}",
        {"hypothesis": "h", "status": "s", "createdAt": 1},
    ),
    "get_experiment": ("'p', 'e', 'x'", EXPERIMENT),
    "get_experiment_results": ("'p', 'e', 'x', 'm'", {}),
    "get_experimentation_settings": ("'p'", {}),
    "get_experiments": ("'p', 'e'", {"items": [EXPERIMENT], "total_count": 1, "_links": {}}),
    "get_legacy_experiment_results": ("'p', 'f', 'e', 'm'", {}),
    "patch_experiment": ("'p', 'e', 'x', ExperimentPatchInput(Instructions([]))", EXPERIMENT),
    "put_experimentation_settings": (
        "'p', ExperimentationSettingsPut([RandomizationUnitInput('user', True, 'guest')])",
        {},
    ),
    "reset_experiment": ("'p', 'f', 'e', 'm'", None),
}
#: Warnings that are not the library's.
FOREIGN = (ResourceWarning, FutureWarning)


class Scenario(NamedTuple):
    """A program, its outcome with each library, and the row about the difference."""

    code: str
    there: str
    here: str
    row: str | None


def scenarios() -> dict[str, Scenario]:
    """All scenarios, by name."""
    found: dict[str, Scenario] = {}
    for path in sorted(SCENARIOS.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("\n\n"):
            name, scenario = _parsed(block.strip())
            assert name not in found, name
            found[name] = scenario
    return found


def _parsed(block: str) -> tuple[str, Scenario]:
    first, *lines = block.splitlines()
    code: list[str] = []
    results: dict[str, str] = {}
    for line in lines:
        if result := re.match(r"(both|there|here|row): (.*)", line):
            results[result[1]] = result[2]
        else:
            code.append(line)
    there, here = (results.get(name, results.get("both", "")) for name in ("there", "here"))
    return first.lstrip("# "), Scenario("\n".join(code), there, here, results.get("row"))


def agrees(outcome: str, expected: str) -> bool:
    """Whether an outcome is the expected one. An exception may be of a subclass."""
    kinds, _, warned = outcome.removeprefix("raises ").partition(" and warns ")
    kind, _, to_warn = expected.removeprefix("raises ").partition(" and warns ")
    if outcome.startswith("raises ") and expected.startswith("raises "):
        return kind in kinds.split() and warned == to_warn
    return outcome == expected


def kinds(error: BaseException) -> list[str]:
    """The names of the classes of an exception, from its own to the last public base."""
    names = [each.__name__ for each in type(error).__mro__ if each.__name__[0] != "_"]
    return [name for name in names if name not in ("Exception", "BaseException", "object")]


def outcomes() -> dict[str, str]:
    """The outcomes of all scenarios with the library that Python imports."""
    return {name: outcome(scenario.code) for name, scenario in scenarios().items()}


def outcome(code: str) -> str:
    """The outcome of the last line of the code."""
    *before, last = code.split("\n")
    printed = io.StringIO()
    with (
        FaultServer() as server,
        _undone(),
        warnings.catch_warnings(record=True) as caught,
        contextlib.redirect_stdout(printed),
    ):
        warnings.simplefilter("always")
        # urllib3 warns of the methods that 13.0.0 uses.
        warnings.filterwarnings("ignore", r"HTTPResponse\.getheader", DeprecationWarning)
        names = _names(server)
        try:
            exec("\n".join(before), names)
            text = repr(eval(last, names))
        except Exception as error:  # noqa: BLE001 - it is the outcome
            text = f"raises {' '.join(kinds(error))}"
        names["client"].close()
    text = re.sub(r"\b0x[0-9a-f]+", "0x", text).replace(server.url, "HOST")
    if printed.getvalue():
        text += " and prints"
    warned = {one.category.__name__ for one in caught if not issubclass(one.category, FOREIGN)}
    return f"{text} and warns {' '.join(sorted(warned))}" if warned else text


@contextlib.contextmanager
def _undone() -> Generator[None, None, None]:
    """Undo afterwards what a scenario may leave behind in the process."""
    loggers = [logging.getLogger(name) for name in (PACKAGE, "urllib3")]
    levels = [logger.level for logger in loggers]
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels):
            logger.setLevel(level)
            logger.handlers.clear()
        importlib.import_module("http.client").HTTPConnection.debuglevel = 0
        importlib.import_module(PACKAGE).Configuration._default = None


def _names(server: FaultServer) -> dict[str, Any]:
    """The names that the code may use."""
    names: dict[str, Any] = {"__name__": "scenario"}
    for module in ("", ".exceptions", ".models"):
        exec(f"from {PACKAGE}{module} import *", names)
    names |= {module: importlib.import_module(module) for module in _MODULES}
    names["apis"] = importlib.import_module(f"{PACKAGE}.apis")
    configuration = names["Configuration"](host=server.url, api_key={"ApiKey": "TOKEN"})
    client = names["ApiClient"](configuration)
    api = names["apis"].ExperimentsBetaApi(client)

    def reply(*responses: Any) -> None:
        """The next responses: bodies, statuses, or reactions."""
        server.script(*map(_reaction, responses))

    def get(**options: Any) -> Any:
        return api.get_experiment("p", "e", "x", **options)

    def once() -> Any:
        """The API with a new client, which sends each request once."""
        configuration.retries = False
        return names["apis"].ExperimentsBetaApi(names["ApiClient"](configuration))

    def failed(function: Any, *arguments: Any, **options: Any) -> Any:
        try:
            function(*arguments, **options)
        except Exception as error:  # noqa: BLE001 - the scenario asks for it
            return error
        return None

    def sent(name: str) -> str | None:
        """A header of the last request."""
        return server.requests[-1].header(name)

    def every(expression: str) -> dict[str, Any]:
        """The value of an expression about each call, for which ``call`` and ``method`` stand."""
        found = {}
        for name, (arguments, body) in CALLS.items():
            method = getattr(api, name)

            def call(method: Any = method, arguments: str = arguments, **options: Any) -> Any:
                own = {"method": method, "options": options}
                return eval(f"method({arguments}, **options)", names | own)

            reply(204 if body is None else body)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                found[name] = eval(expression, names | {"call": call, "method": method})
        return found

    for helper in (reply, get, once, failed, sent, every, kinds, answer, reset, stall):
        names[helper.__name__] = helper
    names.update(server=server, configuration=configuration, client=client, api=api)
    names["EXP"] = copy.deepcopy(EXPERIMENT)
    names["no_tls"] = before_reading(raw(b"HTTP/1.1 400 No TLS\r\n\r\n"))
    return names


_MODULES = ("copy", "datetime", "enum", "io", "json", "logging", "os", "pickle", "sys", "urllib3")


def _reaction(response: Any) -> Any:
    if isinstance(response, int):
        return answer(response, "" if response == 204 else "{}")
    if isinstance(response, (dict, list, str, bytes)):
        body = response if isinstance(response, (str, bytes)) else json.dumps(response)
        return answer(200, body, {"Content-Type": "application/json"})
    return response


if __name__ == "__main__":
    json.dump(outcomes(), sys.stdout)
