"""Seeds, snapshots and restores: one document, exact both ways, all or nothing."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from launchdarkly_api.sandbox import Effect, Sandbox
from launchdarkly_api.sandbox.control.verbs import PREFIX
from launchdarkly_api.sandbox.state.records import Experiment, Iteration
from launchdarkly_api.sandbox.state.store import StateFileError
from test.sandbox.client import CONTROL, Client, experiment, experiments, iteration_input, on_flag

MOMENT = 1_790_000_000_000

SHORT: dict[str, Any] = {
    "apiVersion": "2026",
    "clock": {"at": MOMENT},
    "latencySeconds": 0.001,
    "rateLimit": {"limit": 100},
    "faults": {
        "next": [{"status": 503, "call": "get_metric"}],
        "rate": [{"probability": 0.5, "call": "get_members"}],
    },
    "members": [{"email": "ana@example.com", "firstName": "Ana"}],
    "projects": [
        {
            "key": "demo",
            "experiments": [
                {
                    "key": "colour",
                    "iterations": [
                        {
                            "primaryMetric": "signup",
                            "secondaryMetrics": ["revenue"],
                            "flags": ["checkout-button"],
                            "status": "running",
                            "traffic": [
                                {
                                    "recorded": {
                                        "treatment": "control",
                                        "units": 10,
                                        "events": {"signup": 4, "revenue": [1, 2.5]},
                                    }
                                },
                                {"simulated": {"units": 50, "effects": {"signup": {"control": 1}}}},
                            ],
                        }
                    ],
                }
            ],
        },
        {
            "key": "shop",
            "environments": ["live", {"key": "dev", "name": "Development"}],
            "contextKinds": ["user", "device"],
            "randomizationUnits": [{"key": "device"}],
            "flags": [
                {"key": "theme", "variations": ["dark", "light", {"value": {}, "name": "own"}]},
                {"key": "old", "archived": True, "rules": ["r1"], "environments": [
                    {"environment": "dev", "on": False, "version": 7}
                ]},
            ],
            "metrics": [{"key": "buy"}, {"key": "spend", "numeric": True}],
            "metricGroups": [{"key": "way", "metrics": ["buy", "spend"]}],
            "experiments": [
                {
                    "key": "theme",
                    "environment": "dev",
                    "iterations": [
                        {
                            "primaryMetric": "buy",
                            "flags": ["theme"],
                            "status": "stopped",
                            "winningTreatmentId": "light",
                        },
                        {"primaryMetric": "buy", "flags": ["theme"]},
                    ],
                }
            ],
        },
    ],
}  # fmt: skip


def contents(sandbox: Sandbox) -> Any:
    """All data of a sandbox, in order."""
    state = sandbox._state
    return (
        list(state.projects.items()),
        {place: list(held.items()) for place, held in state.experiments.items()},
        list(state.members.items()),
        {
            key: (traffic.sources, {k: v for k, v in traffic.cleared.items() if v})
            for key, traffic in state.traffic.items()
            if traffic.sources
        },
    )


@pytest.fixture
def full() -> Iterator[Sandbox]:
    """A sandbox with every kind of data and every setting."""
    with Sandbox(api_version="2026") as sandbox:
        client = Client(sandbox.url)
        sandbox.add_member("ana@example.com", last_name="Lima", role="admin")
        sandbox.add_environment("live")
        sandbox.add_context_kind("device")
        sandbox.add_flag("theme", rules=["r"], variations=["a", {"b": 1}, 2.0, None], version=3)
        sandbox.add_flag("old", archived=True, on=False)
        sandbox.add_metric("z", kind="click", lower_is_better=True)
        sandbox.add_metric_group("std", ["z", "signup"], kind="standard")
        sandbox.add_project("a/b", environments=("x", "y"))
        units = [
            {"randomizationUnit": "user"},
            {"randomizationUnit": "device", "default": True, "standardRandomizationUnit": "guest"},
        ]
        settings = "/api/v2/projects/demo/experimentation-settings"
        assert client.call("PUT", settings, {"randomizationUnits": units}).status == 200
        rich = {
            "metrics": [{"key": "checkout-funnel", "isGroup": True, "analysisUnit": "user"}],
            "primaryFunnelKey": "checkout-funnel",
            "attributes": ["country"],
            "covariateId": "cov",
            "reallocationFrequencyMillis": 5_000,
            "randomizationUnit": "device",
            "canReshuffleTraffic": False,
            "flags": {"checkout-button": {
                "ruleId": "fallthrough", "flagConfigVersion": 1,
                "notInExperimentVariationId": CONTROL,
            }},
        }  # fmt: skip
        body = {
            "key": "rich",
            "name": "Rich",
            "description": "text",
            "maintainerId": "me",
            "type": "mab",
            "dataSource": "snowflake",
            "tags": ["t"],
            "holdoutId": "h",
            "analysisConfig": {"bayesianThreshold": "90"},
            "iteration": iteration_input(**rich),
        }
        assert client.call("POST", experiments(), body).status == 201
        assert client.start("rich", changeJustification="why").status == 200
        sandbox.record(
            "rich", "control", units=["ada", "bob"], events={"signup": 1, "revenue": [2]}
        )
        sandbox.record("rich", "treatment", units=0)
        sandbox.simulate("rich", units=20, effects={"revenue": {"control": Effect(0.5, 3.0, 1.0)}})
        first = sandbox._state.experiments["demo", "test"]["rich"].current
        sandbox._state.clear_metric([first.id], "signup")
        winner = {"winningTreatmentId": first.treatments[0].id, "winningReason": "better"}
        assert client.stop("rich", **winner).status == 200
        again = iteration_input(**rich)
        assert client.call("POST", f"{experiment('rich')}/iterations", again).status == 200
        assert client.start("rich").status == 200
        assert client.call("POST", f"{experiment('rich')}/iterations", again).status == 200
        flag = sandbox._state.projects["demo"].flags["theme"]
        frequentist = {"methodology": "frequentist", "key": "second", "name": "2"}
        uses = on_flag(flag, flags={"theme": {"ruleId": "r", "flagConfigVersion": 3}})
        made = {**frequentist, "iteration": iteration_input(**uses)}
        assert client.call("POST", experiments("demo/live"), made).status == 201
        assert (
            client.patch({"kind": "archiveExperiment"}, key="second", place="demo/live").status
            == 200
        )
        change = {"kind": "updateExperimentFields", "value": {
            "hypothesis": {"operation": "update", "value": "Another"}
        }}  # fmt: skip
        assert client.patch({"kind": "restoreExperiment"}, change,
                            {"kind": "archiveExperiment"}, key="second",
                            place="demo/live").status == 200  # fmt: skip
        sandbox.update_flag("theme", environment_key="live", on=False)
        sandbox.fail_next(503, headers={"Retry-After": "1"}, body="{}", applied=True, count=4)
        sandbox.fail_next(drop=True, call="get_members")
        sandbox.fail_next(502, body=b"\xff\x00")
        sandbox.fail_next(cut=True, slow=2.5)
        sandbox.fail_next(reset=True, applied=True)
        sandbox.fail_next(503, trickle=1.5)
        sandbox.fail_rate(0.3, statuses=(500, 502), drop=True, slow=0.5, seed=4, call="get_metric")
        sandbox.fail_rate(0.1, statuses=(), cut=True)
        sandbox.fail_rate(0.2, reset=True, trickle=0.5, call="get_metrics")
        sandbox.latency(0.25)
        sandbox.rate_limit(50, 2.5, route_limit=7, announce="retry-after")
        sandbox.set_clock(MOMENT)
        client.close()
        yield sandbox


def test_a_restored_snapshot_is_exactly_the_same(full: Sandbox) -> None:
    snapshot = full.snapshot()
    text = json.dumps(snapshot)
    with Sandbox() as other:
        other.restore(json.loads(text))
        assert contents(other) == contents(full)
        assert json.dumps(other.snapshot()) == text
        assert json.dumps(full.snapshot()) == text
        assert other._application.faults.all()[0] == full._application.faults.all()[0]
        assert (other.api_version, other.clock().now) == ("2026", MOMENT)
        assert other._application.limit._route_limit == 7


def test_every_optional_field_of_a_record_is_in_the_round_trip(full: Sandbox) -> None:
    held = [e for place in full._state.experiments.values() for e in place.values()]
    iterations = [iteration for one in held for iteration in one.iterations]
    for kind, records in ((Experiment, held), (Iteration, iterations)):
        for field in dataclasses.fields(kind):
            values = [getattr(record, field.name) for record in records]
            usual = (
                field.default_factory()
                if field.default_factory is not dataclasses.MISSING
                else field.default
            )
            assert any(value != usual for value in values), f"{kind.__name__}.{field.name}"


def test_a_snapshot_of_a_seed_seeds_the_same(tmp_path: Path) -> None:
    with Sandbox(seed=SHORT) as sandbox:
        snapshot = sandbox.snapshot()
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(snapshot))
    with Sandbox(seed=file) as sandbox:
        assert json.dumps(sandbox.snapshot()) == json.dumps(snapshot)


def test_a_short_seed_means_what_it_says() -> None:
    with Sandbox(seed=SHORT) as sandbox:
        state, client = sandbox._state, Client(sandbox.url)
        colour = state.experiments["demo", "test"]["colour"]
        assert [t.name for t in colour.current.treatments] == ["control", "treatment"]
        assert [t.allocation_percent for t in colour.current.treatments] == ["50", "50"]
        assert [t.baseline for t in colour.current.treatments] == [True, False]
        assert colour.current.started_at == colour.creation_date == MOMENT
        assert colour.current.randomization_unit == "user"
        assert len(state.projects["demo"].flags) == 1
        theme = state.experiments["shop", "dev"]["theme"]
        assert theme.current.randomization_unit == "device"
        assert theme.current.winning_treatment_id == theme.current.treatments[1].id
        assert theme.draft is not None
        assert [t.allocation_percent for t in theme.draft.treatments] == ["33.3333"] * 3
        assert state.projects["shop"].flags["old"].configs["dev"].version == 7
        assert state.projects["shop"].flags["old"].configs["live"].version == 1
        assert client.get("/api/v2/metrics/shop/buy").status == 503
        assert client.get("/api/v2/metrics/shop/buy").status == 200
        assert client.get(experiment("colour"), expand="treatments,secondaryMetrics").status == 200
        sandbox.set_api_version("2023")
        units = [
            arm["units"] for arm in client.results("signup", "colour").json["treatmentResults"]
        ]
        assert sum(units) == 60
        client.close()


def test_reset_returns_to_the_seed() -> None:
    with Sandbox(seed=SHORT) as sandbox:
        sandbox.add_project("other")
        sandbox.set_api_version("2023")
        sandbox.clear_faults()
        sandbox.set_clock(None)
        sandbox.reset()
        assert list(sandbox._state.projects) == ["demo", "shop"]
        assert (sandbox.api_version, sandbox.clock().at) == ("2026", MOMENT)
        assert len(sandbox._application.faults.all()[0]) == 1


def test_random_faults_go_on_where_the_snapshot_was_taken() -> None:
    with Sandbox() as sandbox, Sandbox() as other:
        sandbox.fail_rate(0.5, statuses=(500, 502, 503), seed=3)
        client = Client(sandbox.url)
        for _ in range(20):
            client.get(experiments())
        other.restore(sandbox.snapshot())
        there = Client(other.url)
        expected = [client.get(experiments()).status for _ in range(20)]
        assert [there.get(experiments()).status for _ in range(20)] == expected
        assert len(set(expected)) > 2
        client.close()
        there.close()


def test_the_demo_project_is_always_there() -> None:
    with Sandbox(seed={"projects": [{"key": "shop"}]}) as sandbox:
        assert list(sandbox._state.projects) == ["demo", "shop"]
        assert list(sandbox._state.projects["shop"].environments) == ["test"]
        sandbox.restore({"projects": [{"key": "demo", "metrics": [{"key": "m"}]}]})
        demo = sandbox._state.projects["demo"]
        assert (list(demo.metrics), demo.metric_groups) == (["m"], {})
        assert list(demo.flags) == ["checkout-button"]


def test_a_restore_that_cannot_be_written_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(state=tmp_path / "state") as sandbox:
        sandbox.add_project("kept")
        sandbox.set_clock(5)
        before = sandbox.snapshot()

        def full_disk(*_: object) -> None:
            raise StateFileError("The disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(sandbox._life.storage, "_write", full_disk)
            with pytest.raises(StateFileError):
                sandbox.restore(SHORT)
            with pytest.raises(StateFileError):
                sandbox.reset()
        assert sandbox.snapshot() == before


def test_a_restored_document_outlives_a_restart(full: Sandbox, tmp_path: Path) -> None:
    with Sandbox(state=tmp_path / "state") as sandbox:
        sandbox.restore(full.snapshot())
        expected = contents(sandbox)
    with Sandbox(state=tmp_path / "state") as sandbox:
        assert contents(sandbox) == expected == contents(full)


def test_a_seed_does_not_replace_the_data_of_a_state_file(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with Sandbox(state=state, seed=SHORT) as sandbox:
        sandbox.add_project("later")
    with Sandbox(state=state, seed=SHORT) as sandbox:
        assert list(sandbox._state.projects) == ["demo", "shop", "later"]
        assert sandbox.clock().at == MOMENT
        sandbox.reset()
        assert list(sandbox._state.projects) == ["demo", "shop"]


def test_a_bad_seed_releases_the_state_file(tmp_path: Path) -> None:
    bad = {"projects": [{"key": "a", "metricGroups": [{"key": "g", "metrics": ["m"]}]}]}
    with pytest.raises(ValueError, match=r"The seed is invalid: There is no metric 'm'"):
        Sandbox(state=tmp_path / "state", seed=bad)
    with Sandbox(state=tmp_path / "state") as sandbox:
        assert list(sandbox._state.projects) == ["demo"]


YAML = """
# A comment.
clock: {at: 1790000000000}
projects:
  - key: shop
    flags:
      - key: dark
        on: true
        variations: [on, off, yes, 2026-01-01, 1, true, 12:30, 010, 1_0, 0x1F, 0o17, 1e3, -.5, ~1]
      - &light {key: light}
      - {<<: *light, key: lighter}
"""


def test_a_seed_in_yaml_has_the_scalars_of_yaml_1_2(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(YAML)
    with Sandbox(seed=file) as sandbox:
        flag = sandbox._state.projects["shop"].flags["dark"]
        expected: list[Any] = ["on", "off", "yes", "2026-01-01", 1, True]
        expected += ["12:30", 10, "1_0", 31, 15, 1000.0, -0.5, "~1"]
        assert [v.value for v in flag.variations] == expected
        assert list(sandbox._state.projects["shop"].flags) == ["dark", "light", "lighter"]
        assert sandbox.clock().now == MOMENT


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", b"{", "is invalid: it is not JSON: Expecting property name"),
        ("a.txt", b"projects: []", "A YAML file must end with .yaml"),
        ("a.json", b"\xff", "is invalid: it is not UTF-8 (invalid start byte at byte 0)"),
        ("a.json", b"[" * 100_000, "is invalid: it is nested too deeply"),
        ("a.yaml", b"[" * 100_000, "is invalid: it is nested too deeply"),
        ("a.yaml", b"a: [", "is invalid: it is not YAML: while parsing a flow"),
        ("a.yaml", b"!!python/object:os.system {}", "is invalid: it is not YAML: could not"),
        ("a.yaml", b"clock: {}\nclock: {}", "not YAML: the key 'clock' is there twice in"),
        ("a.yaml", b"latencySeconds: !!int a", "is invalid: it is not YAML: invalid literal"),
        ("a.yaml", b"projects: !!bool a", "not YAML: a tag such as !!bool does not fit"),
        ("a.yaml", b"projects: !!float ''", "not YAML: a tag such as !!bool does not fit"),
        ("a.yaml", b"projects: !!timestamp a", "not YAML: a tag such as !!bool does not fit"),
        ("a.json", b'{"clock": {"at": 1, "at": 2}}', "not JSON: the field 'at' is there twice."),
        ("a.yml", b"1: 2", "is invalid: Unknown field 1"),
        (
            "a.yml",
            b"latencySeconds: .nan",
            "is invalid: Expected a number from 0",
        ),
        ("a.yml", b"", "is invalid: Expected an object, not null"),
        ("a.yml", b"projects: !!set {a}", "is invalid: Expected a list, not {'a'}"),
        ("a.json", b'{"projects": [{"key": 1}]}', "Expected a string, not 1 at projects[0].key"),
    ],
)
def test_a_bad_seed_file_is_named_in_one_sentence(
    tmp_path: Path, name: str, text: bytes, said: str
) -> None:
    file = tmp_path / name
    file.write_bytes(text)
    with pytest.raises(ValueError) as caught:
        Sandbox(seed=file)
    assert f"The seed {str(file)!r} {said}" in str(caught.value) or said in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_seed_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"Cannot read the seed '.*none.json': No such file"):
        Sandbox(seed=tmp_path / "none.json")


def test_yaml_needs_pyyaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    file = tmp_path / "seed.yaml"
    file.write_text("{}")
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(
        ImportError, match=r"A seed in YAML needs PyYAML, which is not installed. Install it with"
    ):
        Sandbox(seed=file)


def test_snapshots_and_restores_are_atomic_while_requests_run() -> None:
    """Each snapshot has both parts of each change, and no request sees half of a restore."""
    with Sandbox() as sandbox:
        documents = [
            {"projects": [{"key": "demo"}, {"key": f"p{n}"}], "members": [{"email": f"{n}@b.c"}]}
            for n in range(2)
        ]
        ended = threading.Event()
        failures: list[Any] = []

        def write() -> None:
            client = Client(sandbox.url)
            number = 0
            while not ended.is_set():
                number += 1
                answers = (
                    client.call("PUT", f"{PREFIX}/state", documents[number % 2]),
                    client.create(f"{threading.get_ident()}-{number}"),
                    client.get(experiments()),
                )
                failures.extend(answer for answer in answers if answer.status >= 400)
            client.close()

        writers = [threading.Thread(target=write) for _ in range(4)]
        for writer in writers:
            writer.start()
        for _ in range(40):
            snapshot = sandbox.snapshot()
            keys = [project["key"] for project in snapshot["projects"]]
            emails = [member["email"] for member in snapshot["members"]]
            if len(keys) > 1:
                assert emails == ["owner@example.com", f"{keys[1][1:]}@b.c"]
            with Sandbox(seed=snapshot) as other:
                assert other.snapshot() == snapshot
        ended.set()
        for writer in writers:
            writer.join(60)
        assert not failures
