"""A shop with experiments, in a sandbox, for the notebooks beside this file.

Nothing here is needed with the real service. The clock and the ids are fixed, so that the notebooks
look the same each time they are run.
"""

from __future__ import annotations

import datetime
import random
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from launchdarkly_api import ApiClient
from launchdarkly_api.apis import ExperimentsApi
from launchdarkly_api.sandbox import Effect, Sandbox

TODAY = datetime.datetime(2026, 3, 30, 9, 0, tzinfo=datetime.timezone.utc)


class Calendar:
    """The time of the sandbox. It stands still until it is moved."""

    def __init__(self) -> None:
        self.now = TODAY
        self._ids = random.Random(0)
        mock.patch("time.time_ns", self._nanoseconds).start()
        mock.patch("uuid.uuid4", self._id).start()

    def _nanoseconds(self) -> int:
        return round(self.now.timestamp() * 1000) * 1_000_000

    def _id(self) -> uuid.UUID:
        return uuid.UUID(int=self._ids.getrandbits(128), version=4)

    def days_ago(self, days: float) -> None:
        self.now = TODAY - datetime.timedelta(days=days)


@dataclass(frozen=True)
class Plan:
    """An experiment of the shop, and how its visitors behave."""

    key: str
    name: str
    hypothesis: str
    #: By metric and treatment, as ``Sandbox.simulate`` takes it. The baseline is the first one.
    effects: Mapping[str, Mapping[str, Any]]
    started_days_ago: float | None
    units: int = 4000
    split: Mapping[str, float] | None = None
    stopped_days_ago: float | None = None
    winner: str | None = None
    metrics: tuple[str, ...] = field(default=("signup",))


CHECKOUT = Plan(
    key="checkout",
    name="New checkout",
    hypothesis="A checkout on one page loses fewer visitors than one on three",
    effects={
        "signup": {"three pages": 0.100, "three short pages": 0.104, "one page": 0.13},
        "revenue": {
            "three pages": Effect(0.3, mean=50, deviation=20),
            "three short pages": Effect(0.3, mean=50.5, deviation=20),
            "one page": Effect(0.3, mean=52, deviation=20),
        },
        "page-load-ms": {
            "three pages": (880, 240),
            "three short pages": (860, 240),
            "one page": (940, 260),
        },
    },
    started_days_ago=21,
    units=9000,
    metrics=("signup", "revenue", "page-load-ms"),
)


def _conversion(**rates: float) -> dict[str, dict[str, float]]:
    return {"signup": {name.replace("_", " "): rate for name, rate in rates.items()}}


PORTFOLIO = (
    CHECKOUT,
    Plan(
        "search-ranking",
        "Search ranking",
        "Popular articles first finds more buyers",
        _conversion(by_text=0.100, by_popularity=0.101),
        started_days_ago=75,
        units=20_000,
    ),
    Plan(
        "onboarding-video",
        "Onboarding video",
        "A video explains better than text",
        _conversion(text=0.110, video=0.118),
        started_days_ago=20,
        split={"text": 56, "video": 44},
    ),
    Plan(
        "pricing-page",
        "Pricing page",
        "Fewer plans are easier to choose from",
        _conversion(five_plans=0.080, three_plans=0.110),
        started_days_ago=41,
    ),
    Plan(
        "night-mode",
        "Night mode",
        "Evening visitors stay longer",
        _conversion(light=0.100, dark=0.110),
        started_days_ago=2,
        units=130,
    ),
    Plan(
        "referral-banner",
        "Referral banner",
        "A banner brings friends",
        _conversion(no_banner=0.0, banner=0.0),
        started_days_ago=15,
    ),
    Plan(
        "email-subject",
        "E-mail subject",
        "A question is opened more often",
        _conversion(statement=0.200, question=0.240),
        started_days_ago=50,
        stopped_days_ago=22,
        winner="question",
    ),
    Plan(
        "loyalty-badge",
        "Loyalty badge",
        "A badge makes visitors come back",
        _conversion(no_badge=0.1, badge=0.1),
        started_days_ago=None,
    ),
)


class Shop:
    """The sandbox, the client and what the notebooks need to know of both."""

    project, environment = "demo", "test"

    def __init__(self, *plans: Plan) -> None:
        self.calendar = Calendar()
        self._exported: tempfile.TemporaryDirectory[str] | None = None
        self.sandbox = Sandbox(sample_traffic=False).start()
        self.api = ExperimentsApi(ApiClient(self.sandbox.configuration()))
        for plan in plans:
            self._open(plan)
        self.calendar.days_ago(0)

    def export(self) -> Path:
        """Export all traffic to a folder, which exists until the shop is closed."""
        self._exported = tempfile.TemporaryDirectory()
        self.sandbox.export(self._exported.name)
        return Path(self._exported.name)

    def close(self) -> None:
        """Close the connections and the sandbox."""
        self.api.api_client.close()
        self.sandbox.stop()
        if self._exported is not None:
            self._exported.cleanup()

    def _open(self, plan: Plan) -> None:
        start = plan.started_days_ago
        self.calendar.days_ago((start or 0) + 1)
        names = list(plan.effects[plan.metrics[0]])
        flag = self.sandbox.add_flag(f"{plan.key}-flag", variations=names)
        treatments = [
            {
                "name": variation.name,
                "baseline": number == 0,
                "allocationPercent": f"{100 / len(names):.4g}",
                "parameters": [{"flagKey": flag.key, "variationId": variation.id}],
            }
            for number, variation in enumerate(flag.variations)
        ]
        iteration = {
            "hypothesis": plan.hypothesis,
            "metrics": [{"key": key} for key in plan.metrics],
            "primarySingleMetricKey": plan.metrics[0],
            "treatments": treatments,
            "flags": {flag.key: {"ruleId": "fallthrough", "flagConfigVersion": 1}},
            "randomizationUnit": "user",
        }
        place = (self.project, self.environment)
        self.api.create_experiment(
            *place,
            {
                "key": plan.key,
                "name": plan.name,
                "methodology": "bayesian",
                "iteration": iteration,
            },
        )
        if start is None:
            return
        self.calendar.days_ago(start)
        started = self.api.patch_experiment(
            *place, plan.key, {"instructions": [{"kind": "startIteration"}]}
        )
        end = plan.stopped_days_ago or 0
        self.sandbox.simulate(
            plan.key,
            units=plan.units,
            days=start - end,
            effects=plan.effects,
            split=plan.split,
            end=TODAY - datetime.timedelta(days=end),
        )
        if plan.stopped_days_ago is None:
            return
        self.calendar.days_ago(end)
        expanded = self.api.get_experiment(*place, started.key, expand=["treatments"])
        current = expanded.current_iteration
        arms = (current and current.treatments) or []
        winner = next(arm for arm in arms if arm.name == plan.winner)
        stop = {
            "kind": "stopIteration",
            "winningTreatmentId": winner.id,
            "winningReason": "More opened letters",
        }
        self.api.patch_experiment(*place, plan.key, {"instructions": [stop]})
