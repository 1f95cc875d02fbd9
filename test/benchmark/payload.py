"""The measured data: experiments with three iterations each, expanded or as a plain call gets."""

from __future__ import annotations

from typing import Any

PROJECT = "/api/v2/projects/demo"
DAY = 86_400_000
START = 1_650_000_000_000


def page(count: int, *, expanded: bool = True) -> dict[str, Any]:
    """What ``get_experiments`` answers, in wire names, as the contract of 13.0.0 has it."""
    items = [experiment(number, expanded=expanded) for number in range(count)]
    base = f"{PROJECT}/environments/test/experiments"
    return {
        "items": items,
        "total_count": count,
        "_links": {"self": link(base), "first": link(f"{base}?limit={count}")},
    }


def experiment(number: int, *, expanded: bool = True) -> dict[str, Any]:
    """One experiment with a current, a draft and a previous iteration.

    Unexpanded, it has the current iteration, with its flag and its primary metric.
    """
    key = f"experiment-{number}"
    href = f"{PROJECT}/environments/test/experiments/{key}"
    plain: dict[str, Any] = {
        "_id": _id(number, 0),
        "key": key,
        "name": f"Experiment {number}",
        "description": "Does a larger button on the checkout page sell more?",
        "_maintainerId": "12ab3c45de678910fab12345",
        "_creationDate": START + number * DAY,
        "_links": {"self": link(href), "parent": link(f"{PROJECT}/environments/test")},
        "currentIteration": iteration(number, 1, "running"),
    }
    if not expanded:
        del plain["currentIteration"]["treatments"]
        del plain["currentIteration"]["secondaryMetrics"]
        return plain
    return {
        **plain,
        "draftIteration": iteration(number, 2, "not_started"),
        "previousIterations": [iteration(number, 3, "stopped")],
    }


def iteration(number: int, version: int, status: str) -> dict[str, Any]:
    """One iteration with two treatments, one primary and two secondary metrics."""
    treatments = [
        {
            "_id": _id(number, version * 10 + index),
            "name": name,
            "allocationPercent": "50",
            "baseline": index == 0,
            "parameters": [{"variationId": _id(index, 7), "flagKey": f"flag-{number}"}],
        }
        for index, name in enumerate(("Control", "Larger button"))
    ]
    result: dict[str, Any] = {
        "_id": _id(number, version),
        "hypothesis": "A larger button makes more visitors finish the checkout",
        "status": status,
        "createdAt": START + version * DAY,
        "canReshuffleTraffic": True,
        "randomizationUnit": "user",
        "flags": {
            f"flag-{number}": {
                "targetingRule": "fallthrough",
                "targetingRuleDescription": "Everybody else",
                "flagConfigVersion": number,
                "_links": {"self": link(f"/api/v2/flags/demo/flag-{number}")},
            }
        },
        "primaryMetric": metric("signup"),
        "treatments": treatments,
        "secondaryMetrics": [metric("revenue"), metric("page-load-ms")],
    }
    if status != "not_started":
        result["startedAt"] = START + version * DAY
    if status == "stopped":
        result["endedAt"] = START + (version + 14) * DAY
        result["winningTreatmentId"] = treatments[1]["_id"]
        result["winningReason"] = "Better on every metric"
    return result


def metric(key: str) -> dict[str, Any]:
    return {
        "key": key,
        "name": key.replace("-", " ").capitalize(),
        "kind": "custom",
        "_links": {"self": link(f"/api/v2/metrics/demo/{key}")},
    }


def link(href: str) -> dict[str, str]:
    return {"href": href, "type": "application/json"}


def _id(*parts: int) -> str:
    return f"{parts[0]:08x}-6b1f-4f0e-9d55-{parts[1]:012x}"
