"""Documents that a restore refuses: the message names the place, and nothing is changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from launchdarkly_api.sandbox.control.verbs import PREFIX
from test.sandbox.client import Client
from test.sandbox.test_control_documents import SHORT


def shop(parts: dict[str, Any]) -> dict[str, Any]:
    """A document with the project ``a``."""
    return {"projects": [{"key": "a", **parts}]}


bad: list[tuple[Any, str]] = [
    ([], "Expected an object, not a list."),
    ({"project": []}, "Unknown field 'project'. Known: apiVersion"),
    ({"projects": {}}, "Expected a list, not an object at projects."),
    ({"projects": [{"key": "a"}, {"key": "a"}]}, "The project 'a' is there twice at projects."),
    ({"projects": [{"key": ".."}]}, "must fit into a URL at projects[0]."),
    (shop({"environments": []}), "environment at projects[0].environments."),
    (shop({"environments": ["e", "e"]}), "at projects[0].environments[1]."),
    (shop({"flags": [{"key": "f", "variations": []}]}), "projects[0].flags[0]"),
    (shop({"flags": [{"key": "f", "on": "yes"}]}), "projects[0].flags[0].on."),
    (
        shop({"flags": [{"key": "f", "environments": [{"environment": "x"}]}]}),
        "There is no environment 'x' at projects[0].flags[0].environments[0].environment."
        " Known: test.",
    ),
    (
        {"projects": [{"key": "a", "flags": [{"key": "f", "variations": [
            {"value": 1, "id": "i"}, {"value": 2, "id": "i"}]}]}]},
        "The variation id 'i' is there twice",
    ),
    (shop({"metrics": [{"key": "m"}, {"key": "m"}]}), "projects[0].metrics[1]"),
    (
        shop({"metricGroups": [{"key": "g", "metrics": ["m"]}]}),
        "There is no metric 'm' in 'a' at projects[0].metricGroups[0].",
    ),
    (
        shop({"contextKinds": [], "randomizationUnits": [{"key": "user"}]}),
        "There is no context kind 'user' at projects[0].randomizationUnits[0].key. Known: none.",
    ),
    (
        {"projects": [{"key": "a", "contextKinds": ["user", "b"], "randomizationUnits": [
            {"key": "user", "default": True}, {"key": "b", "default": True}]}]},
        "Only one randomization unit can be the default at projects[0].randomizationUnits.",
    ),
    ({"members": [{"email": "a@b.c"}, {"email": "a@b.c"}]}, "exists already at members[1]."),
    ({"faults": {"next": [{"status": 200, "drop": True}]}}, "at faults.next[0]."),
    ({"faults": {"next": [{"status": 200, "bodyBase64": "!"}]}}, "bodyBase64 is not valid base64"),
    (
        {"faults": {"next": [{"status": 200, "body": "", "bodyBase64": ""}]}},
        "body and bodyBase64 exclude each other at faults.next[0].",
    ),
    ({"faults": {"rate": [{"probability": 1, "statuses": []}]}}, "at faults.rate[0]."),
    ({"faults": {"rate": [{"probability": 1}, {"probability": 1}]}}, "twice at faults.rate."),
    ({"clock": {"at": 10**18}}, "at clock.at."),
]  # fmt: skip

ITERATION = {"primaryMetric": "signup", "flags": ["checkout-button"]}
RECORDED = {"recorded": {"treatment": "control"}}
BAD_ITERATIONS: list[tuple[dict[str, Any], str]] = [
    ({"primaryMetric": "x"}, "There is no metric 'x' at {0}.primaryMetric. Known: signup"),
    ({"secondaryMetrics": ["x"]}, "There is no metric 'x' at {0}.secondaryMetrics[0]."),
    ({"secondaryMetrics": ["signup"]}, "The metric 'signup' is there twice at {0}."),
    ({"flags": []}, "An iteration needs at least one flag at {0}.flags."),
    ({"flags": ["x"]}, "There is no flag 'x' at {0}.flags[0]. Known: checkout-button."),
    ({"flags": ["checkout-button"] * 2}, "The flag 'checkout-button' is there twice at {0}.flags."),
    ({"flags": [{"key": "checkout-button", "ruleId": "x"}]}, "no rule 'x' at {0}.flags[0]."),
    (
        {"flags": [{"key": "checkout-button", "notInExperimentVariationId": "x"}]},
        "There is no variation 'x' at {0}.flags[0].",
    ),
    ({"treatments": []}, "exactly one treatment with baseline true, not 0 at {0}."),
    ({"treatments": [{"name": "a"}, {"name": "a"}]}, "'a' 2 times"),
    ({"treatments": [{"name": "a", "id": "i"}, {"name": "b", "id": "i"}]}, "treatment id 'i'"),
    ({"treatments": [{"name": "a", "allocationPercent": "101"}]}, "must be a number from 0"),
    (
        {"treatments": [{"name": "a", "parameters": [{"flagKey": "x", "variationId": "y"}]}]},
        "There is no flag 'x' at {0}.treatments[0].parameters.",
    ),
    (
        {"treatments": [{"name": "a", "parameters": [
            {"flagKey": "checkout-button", "variationId": "y"}]}]},
        "has no variation 'y'",
    ),
    (
        {"winningTreatmentId": "x"},
        "There is no treatment 'x' at {0}.winningTreatmentId. Known: control, treatment.",
    ),
    ({"startedAt": 5}, "not started has no startedAt and no endedAt at {0}."),
    ({"status": "running", "endedAt": 5}, "running has no endedAt at {0}."),
    ({"status": "stopped", "startedAt": 9, "endedAt": 5}, "cannot end before its start at {0}."),
    ({"metrics": [{"key": "x"}]}, "There is no metric 'x' at {0}.metrics[0]."),
    ({"metrics": [{"key": "x", "group": True}]}, "no metric group 'x' at {0}.metrics[0]."),
    ({"metrics": [{"key": "revenue"}]}, "no primary or secondary metric 'revenue'"),
    ({"secondaryMetrics": ["revenue"], "metrics": [{"key": "revenue"}]}, "must list the primary"),
    ({"primaryFunnel": "checkout-funnel"}, "'checkout-funnel', as a group at {0}."),
    ({"traffic": [RECORDED]}, "not started has no traffic at {0}. Set its status to running."),
    ({"status": "running", "traffic": [{}]}, "either recorded or simulated at {0}.traffic[0]."),
    (
        {"status": "running", "traffic": [{"recorded": {"treatment": "x"}}]},
        "has no treatment 'x'. It has: control, treatment at {0}.traffic[0].",
    ),
    (
        {"status": "running", "traffic": [RECORDED], "cleared": {"signup": 2}},
        "There are fewer entries of traffic at {0}.cleared.signup.",
    ),
    (
        {"status": "running", "traffic": [RECORDED], "cleared": {"x": 1}},
        "There is no metric 'x' at {0}.cleared.x.",
    ),
]  # fmt: skip
bad += [
    (
        {"projects": [{"key": "demo", "experiments": [
            {"key": "e", "iterations": [{**ITERATION, **changed}]}]}]},
        said.format("projects[0].experiments[0].iterations[0]"),
    )
    for changed, said in BAD_ITERATIONS
]  # fmt: skip
RUNNING = {**ITERATION, "status": "running"}
bad += [
    ({"projects": [{"key": "demo", "experiments": made}]}, said)
    for made, said in (
        ([{"key": "e", "iterations": []}], "at least one iteration at projects[0].experiments[0]."),
        ([{"key": "..", "iterations": [ITERATION]}], "Choose another key at projects[0].experi"),
        ([{"key": "e", "environment": "x", "iterations": [ITERATION]}], "no environment 'x'"),
        ([{"key": "e", "iterations": [ITERATION]}] * 2, "The experiment 'e' is there twice"),
        ([{"key": "e", "iterations": [RUNNING, RUNNING]}], "Only the last iteration, or the one"),
        ([{"key": "e", "iterations": [ITERATION] * 3}], "Only the last iteration can be a draft"),
        (
            [{"key": "e", "iterations": [RUNNING]}, {"key": "f", "iterations": [RUNNING]}],
            "is already in the running experiment 'e'",
        ),
        (
            [{"key": key, "iterations": [{**ITERATION, "id": "same"}]} for key in "ef"],
            "The iteration id 'same' is there twice at projects[0].experiments[1].",
        ),
    )
]


@pytest.mark.parametrize(("document", "said"), bad)
def test_a_bad_document_names_the_place_and_changes_nothing(document: Any, said: str) -> None:
    with Sandbox(seed=SHORT) as sandbox:
        before = json.dumps(sandbox.snapshot())
        with pytest.raises(ValueError, match=r"[.]$") as caught:
            sandbox.restore(document)
        assert said in str(caught.value)
        client = Client(sandbox.url)
        answer = client.call("PUT", f"{PREFIX}/state", document)
        assert (answer.status, answer.message) == (400, str(caught.value))
        client.close()
        assert json.dumps(sandbox.snapshot()) == before
