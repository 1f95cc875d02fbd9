"""A client for tests that uses plain HTTP only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

CONTROL = "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e01"
TREATMENT = "0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e02"
SEMANTIC = "application/json; domain-model=launchdarkly.semanticpatch"


class Answer:
    """The status, the headers and the JSON of a response."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.data = response.data

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def code(self) -> str | None:
        code: str | None = self.json.get("code")
        return code

    @property
    def message(self) -> str:
        return str(self.json["message"])

    def __repr__(self) -> str:
        return f"<{self.status} {self.data[:500]!r}>"


class Client:
    """Calls a sandbox by its URL."""

    def __init__(self, url: str, token: str = "sandbox-token") -> None:
        self.url = url
        self.headers = {"Authorization": token, "LD-API-Version": "beta"}
        self.pool = urllib3.PoolManager(retries=False, timeout=60, maxsize=20)

    def close(self) -> None:
        self.pool.clear()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str | None] | None = None,
        **query: Any,
    ) -> Answer:
        """Call a path. A header given as None is not sent."""
        sent = {**self.headers, **({} if body is None else {"Content-Type": "application/json"})}
        for name, value in (headers or {}).items():
            sent.pop(name, None)
            if value is not None:
                sent[name] = value
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        target = f"{self.url}{path}{'?' if query else ''}{urlencode(query)}"
        return Answer(self.pool.request(method, target, body=data, headers=sent))

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path, **query)

    def create(self, key: str = "exp", place: str = "demo/test", **iteration: Any) -> Answer:
        """Create an experiment, with some parts of its iteration replaced."""
        body = experiment_post(key, **iteration)
        return self.call("POST", experiments(place), body)

    def patch(
        self, *instructions: Any, key: str = "exp", place: str = "demo/test", **query: Any
    ) -> Answer:
        return self.call(
            "PATCH",
            experiment(key, place),
            {"instructions": list(instructions)},
            headers={"Content-Type": SEMANTIC},
            **query,
        )

    def start(self, key: str = "exp", place: str = "demo/test", **parameters: Any) -> Answer:
        return self.patch({"kind": "startIteration", **parameters}, key=key, place=place)

    def stop(self, key: str = "exp", place: str = "demo/test", **parameters: Any) -> Answer:
        return self.patch({"kind": "stopIteration", **parameters}, key=key, place=place)

    def run(self, key: str = "exp", place: str = "demo/test", **iteration: Any) -> dict[str, Any]:
        """Create and start an experiment, and return its JSON with the treatments."""
        created = self.create(key, place, **iteration)
        assert created.status == 201, created
        started = self.patch({"kind": "startIteration"}, key=key, place=place, expand="treatments")
        assert started.status == 200, started
        answer: dict[str, Any] = started.json
        return answer

    def results(self, metric: str, key: str = "exp", place: str = "demo/test") -> Answer:
        return self.get(f"{experiment(key, place)}/metrics/{quote(metric, safe='')}/results")

    def legacy(self, metric: str = "signup", flag: str = "checkout-button", **query: Any) -> Answer:
        return self.get(legacy(metric, flag), **query)


def experiments(place: str = "demo/test") -> str:
    project, environment = place.split("/")
    return f"/api/v2/projects/{project}/environments/{environment}/experiments"


def experiment(key: str = "exp", place: str = "demo/test") -> str:
    return f"{experiments(place)}/{quote(key, safe='')}"


def settings(project: str = "demo") -> str:
    return f"/api/v2/projects/{project}/experimentation-settings"


def legacy(metric: str = "signup", flag: str = "checkout-button", place: str = "demo/test") -> str:
    project, environment = place.split("/")
    return f"/api/v2/flags/{project}/{flag}/experiments/{environment}/{metric}"


def treatment(name: str, variation: str, *, baseline: bool = False, percent: str = "50") -> Any:
    return {
        "name": name,
        "baseline": baseline,
        "allocationPercent": percent,
        "parameters": [{"flagKey": "checkout-button", "variationId": variation}],
    }


def metric(key: str, *, primary: bool = False) -> dict[str, Any]:
    return {"key": key, "primary": primary}


def iteration_input(**parts: Any) -> dict[str, Any]:
    """An ``IterationInput``; a part given as None is omitted."""
    body = {
        "hypothesis": "A green button sells more",
        "metrics": [metric("signup", primary=True), metric("revenue"), metric("page-load-ms")],
        "treatments": [
            treatment("control", CONTROL, baseline=True),
            treatment("treatment", TREATMENT),
        ],
        "flags": {"checkout-button": {"ruleId": "fallthrough", "flagConfigVersion": 1}},
        "randomizationUnit": "user",
        **parts,
    }
    return {name: value for name, value in body.items() if value is not None}


def experiment_post(key: str = "exp", **iteration: Any) -> dict[str, Any]:
    return {
        "name": f"Experiment {key}",
        "key": key,
        "maintainerId": "5f3b1c8e",
        "iteration": iteration_input(**iteration),
    }


def on_flag(flag: Any, **parts: Any) -> dict[str, Any]:
    """The parts of an iteration that runs on another flag, with all of its variations."""
    return {
        "flags": {flag.key: {"ruleId": "fallthrough", "flagConfigVersion": 1}},
        "treatments": [
            {
                "name": variation.name,
                "baseline": number == 0,
                "allocationPercent": f"{100 / len(flag.variations):.4f}",
                "parameters": [{"flagKey": flag.key, "variationId": variation.id}],
            }
            for number, variation in enumerate(flag.variations)
        ],
        **parts,
    }
