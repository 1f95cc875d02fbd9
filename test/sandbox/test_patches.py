"""The life of an experiment: start, stop, next iteration, archive, and their conditions."""

from __future__ import annotations

from typing import Any

import pytest

from launchdarkly_api.sandbox import Sandbox
from test.sandbox.client import (
    CONTROL,
    TREATMENT,
    Answer,
    Client,
    experiment,
    iteration_input,
    on_flag,
    treatment,
)

EVERYTHING = "previousIterations,draftIteration,secondaryMetrics,treatments"


def refused(answer: Answer, *said: str) -> None:
    assert (answer.status, answer.code) == (400, "invalid_request"), answer
    for text in said:
        assert text in answer.message


def next_iteration(client: Client, key: str = "exp", **parts: Any) -> Answer:
    return client.call("POST", experiment(key) + "/iterations", iteration_input(**parts))


def test_a_new_experiment_has_an_iteration_that_is_not_started(client: Client) -> None:
    created = client.create()
    assert created.status == 201
    answer = created.json
    assert answer["key"] == "exp"
    assert answer["_maintainerId"] == "5f3b1c8e"
    assert answer["_links"]["self"]["href"] == experiment()
    iteration = answer["currentIteration"]
    assert iteration["status"] == "not_started"
    assert iteration["primaryMetric"]["key"] == "signup"
    assert iteration["flags"]["checkout-button"]["flagConfigVersion"] == 1
    assert "startedAt" not in iteration
    assert "draftIteration" not in client.get(experiment(), expand="draftIteration").json


def test_start_makes_the_first_iteration_run(client: Client) -> None:
    client.create()
    iteration = client.start().json["currentIteration"]
    assert iteration["status"] == "running"
    assert iteration["startedAt"] >= iteration["createdAt"]
    assert client.get(experiment()).json["currentIteration"] == iteration


def test_stop_records_the_winner(client: Client) -> None:
    arms = client.run()["currentIteration"]["treatments"]
    stopped = client.stop(winningTreatmentId=arms[1]["_id"], winningReason="It sells more")
    iteration = stopped.json["currentIteration"]
    assert iteration["status"] == "stopped"
    assert iteration["winningTreatmentId"] == arms[1]["_id"]
    assert iteration["winningReason"] == "It sells more"
    assert iteration["endedAt"] >= iteration["startedAt"]


def test_a_stop_needs_no_winner(client: Client) -> None:
    client.run()
    iteration = client.stop().json["currentIteration"]
    assert iteration["status"] == "stopped"
    assert "winningTreatmentId" not in iteration


def test_no_iteration_ends_before_its_start(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.run()
    monkeypatch.setattr("launchdarkly_api.sandbox.service.patch.now", lambda: 1_000)
    client.call("POST", experiment() + "/iterations", iteration_input())
    client.start(changeJustification="next")
    stopped = client.stop().json["currentIteration"]
    (before,) = client.get(experiment(), expand="previousIterations").json["previousIterations"]
    assert before["endedAt"] == before["startedAt"] > 1_000
    assert stopped["endedAt"] == stopped["startedAt"] == 1_000


def test_400_to_stop_before_any_start(client: Client) -> None:
    client.create()
    refused(client.stop(), "'exp' is not running", "startIteration")


@pytest.mark.parametrize("winner", ["nope", "", 5])
def test_400_for_a_winner_that_is_not_a_treatment(client: Client, winner: Any) -> None:
    arms = client.run()["currentIteration"]["treatments"]
    answer = client.stop(winningTreatmentId=winner)
    refused(answer, "winningTreatmentId")
    if isinstance(winner, str):
        assert arms[0]["_id"] in answer.message
    assert client.get(experiment()).json["currentIteration"]["status"] == "running"


def test_a_second_stop_does_nothing(client: Client) -> None:
    arms = client.run()["currentIteration"]["treatments"]
    first = client.stop(winningTreatmentId=arms[0]["_id"]).json
    assert client.stop(winningTreatmentId=arms[0]["_id"]).json == first
    assert client.stop().json == first


def test_400_for_another_winner_after_the_stop(client: Client) -> None:
    arms = client.run()["currentIteration"]["treatments"]
    client.stop(winningTreatmentId=arms[0]["_id"])
    refused(client.stop(winningTreatmentId=arms[1]["_id"]), "cannot be changed")


def test_the_next_iteration_is_a_draft_until_it_starts(client: Client) -> None:
    client.run()
    draft = next_iteration(client, hypothesis="Larger is better").json
    assert draft["status"] == "not_started"
    assert [arm["name"] for arm in draft["treatments"]] == ["control", "treatment"]
    seen = client.get(experiment(), expand=EVERYTHING).json
    assert seen["draftIteration"] == draft
    assert seen["currentIteration"]["status"] == "running"
    started = client.patch(
        {"kind": "startIteration", "changeJustification": "Larger button"}, expand=EVERYTHING
    ).json
    assert started["currentIteration"]["_id"] == draft["_id"]
    assert started["currentIteration"]["status"] == "running"
    assert "draftIteration" not in started
    (before,) = started["previousIterations"]
    assert before["_id"] == seen["currentIteration"]["_id"]
    assert before["status"] == "stopped"
    assert before["endedAt"] == started["currentIteration"]["startedAt"]


def test_previous_iterations_are_in_the_order_in_which_they_ran(client: Client) -> None:
    ids = [client.run()["currentIteration"]["_id"]]
    for _ in range(3):
        ids.append(next_iteration(client).json["_id"])
        assert client.start(changeJustification="again").status == 200
    seen = client.get(experiment(), expand="previousIterations").json
    assert [i["_id"] for i in (*seen["previousIterations"], seen["currentIteration"])] == ids


def test_400_to_start_the_next_iteration_without_a_justification(client: Client) -> None:
    client.run()
    next_iteration(client)
    for parameters in ({}, {"changeJustification": ""}, {"changeJustification": " "}):
        refused(client.start(**parameters), "changeJustification is missing")
    refused(client.start(changeJustification=5), "changeJustification must be a string")


def test_no_justification_is_needed_after_a_stop(client: Client) -> None:
    client.run()
    client.stop()
    next_iteration(client)
    assert client.start().status == 200


def test_400_to_start_without_an_iteration_to_start(client: Client) -> None:
    client.run()
    refused(client.start(changeJustification="again"), "no iteration to start", "/iterations")
    client.stop()
    refused(client.start(), "no iteration to start")


def test_400_for_a_second_draft(client: Client) -> None:
    client.run()
    draft = next_iteration(client).json
    refused(next_iteration(client), "has a draft iteration already", draft["_id"])


def test_an_iteration_may_be_created_before_the_first_was_started(client: Client) -> None:
    first = client.create().json["currentIteration"]
    second = next_iteration(client).json
    started = client.patch({"kind": "startIteration"}, expand=EVERYTHING).json
    assert started["currentIteration"]["_id"] == second["_id"]
    (before,) = started["previousIterations"]
    assert (before["_id"], before["status"]) == (first["_id"], "not_started")


def test_400_to_start_with_the_flag_off(sandbox: Sandbox, client: Client) -> None:
    client.create()
    sandbox.update_flag("checkout-button", on=False)
    refused(client.start(), "Flag 'checkout-button' is off in environment 'test'", "Turn the flag")
    sandbox.update_flag("checkout-button", on=True)
    assert client.start().status == 200


def test_400_to_start_with_the_flag_archived(sandbox: Sandbox, client: Client) -> None:
    client.create()
    sandbox.update_flag("checkout-button", archived=True)
    refused(client.start(), "Flag 'checkout-button' is archived")
    sandbox.update_flag("checkout-button", archived=False)
    assert client.start().status == 200


def test_400_to_start_without_a_randomization_unit(client: Client) -> None:
    client.create(randomizationUnit=None)
    refused(client.start(), "no randomizationUnit")


def test_400_to_start_without_any_allocation(client: Client) -> None:
    zero = [
        treatment("a", CONTROL, baseline=True, percent="0"),
        treatment("b", TREATMENT, percent="0.0"),
    ]
    client.create(treatments=zero)
    refused(client.start(), "allocationPercent of zero")


def test_one_treatment_with_an_allocation_is_enough(client: Client) -> None:
    treatments = [
        treatment("a", CONTROL, baseline=True, percent="10"),
        treatment("b", TREATMENT, percent="0"),
    ]
    client.create(treatments=treatments)
    assert client.start().status == 200


def test_400_to_start_an_archived_experiment(client: Client) -> None:
    client.create()
    client.patch({"kind": "archiveExperiment"})
    refused(client.start(), "'exp' is archived", "restoreExperiment")
    both = client.patch({"kind": "restoreExperiment"}, {"kind": "startIteration"})
    assert both.status == 200


def test_409_for_a_rule_in_another_running_experiment(sandbox: Sandbox, client: Client) -> None:
    client.run("first")
    client.create("second")
    answer = client.start("second")
    assert (answer.status, answer.code) == (409, "conflict")
    assert "already in the running experiment 'first'" in answer.message
    assert client.get(experiment("second")).json["currentIteration"]["status"] == "not_started"
    client.stop("first")
    assert client.start("second").status == 200


def test_another_rule_or_environment_is_free(sandbox: Sandbox, client: Client) -> None:
    flag = sandbox.add_flag("other", rules=["a1b2"])
    sandbox.add_environment("production")
    client.run("first", **on_flag(flag))
    use = {"ruleId": "a1b2", "flagConfigVersion": 1}
    client.run("second", **on_flag(flag, flags={"other": use}))
    client.run("third", "demo/production", **on_flag(flag))


def test_archive_and_restore_can_be_repeated(client: Client) -> None:
    client.create()
    archived = client.patch({"kind": "archiveExperiment"}).json
    assert archived["archivedDate"] >= archived["_creationDate"]
    assert client.patch({"kind": "archiveExperiment"}).json == archived
    restored = client.patch({"kind": "restoreExperiment"}).json
    assert "archivedDate" not in restored
    assert client.patch({"kind": "restoreExperiment"}).json == restored


def test_name_and_description_can_be_changed(client: Client) -> None:
    client.create()
    answer = client.patch(
        {"kind": "updateName", "value": "New name"},
        {"kind": "updateDescription", "value": "New description"},
    ).json
    assert (answer["name"], answer["description"]) == ("New name", "New description")
    assert client.get(experiment()).json == answer
    empty = client.patch({"kind": "updateDescription", "value": ""}).json
    assert "description" not in empty


def test_a_refused_instruction_undoes_the_whole_patch(client: Client) -> None:
    client.create()
    before = client.get(experiment()).json
    answer = client.patch(
        {"kind": "updateName", "value": "New name"},
        {"kind": "startIteration"},
        {"kind": "stopIteration", "winningTreatmentId": "nope"},
    )
    refused(answer, "instructions[2] (stopIteration): winningTreatmentId")
    assert client.get(experiment()).json == before


def test_instructions_are_applied_in_order(client: Client) -> None:
    client.create()
    answer = client.patch({"kind": "startIteration"}, {"kind": "stopIteration"})
    assert answer.json["currentIteration"]["status"] == "stopped"
    refused(client.patch({"kind": "stopIteration"}, {"kind": "startIteration"}), "instructions[1]")


def test_a_refused_patch_leaves_no_traffic_behind(client: Client) -> None:
    client.create()
    refused(client.patch({"kind": "startIteration"}, {"kind": "nope"}), "nope")
    assert client.results("signup").json["metricSeen"] == {"ever": False}


def test_400_for_an_unknown_expansion_changes_nothing(client: Client) -> None:
    client.create()
    refused(client.patch({"kind": "archiveExperiment"}, expand="nope"), "'nope'")
    assert "archivedDate" not in client.get(experiment()).json
