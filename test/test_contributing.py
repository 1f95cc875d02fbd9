"""The recipes of CONTRIBUTING, each followed in a copy of the repository.

``test/notebook/test_new_plot.py`` follows the recipe for a plot.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from test.notebook.test_new_plot import PLOTS

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
IGNORED = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist")
API = "launchdarkly_api/api/experiments_api.py"
ENDPOINTS = "launchdarkly_api/sandbox/service/endpoints.py"
CALLS = "launchdarkly_api/sandbox/service/calls.py"
BEHAVIOUR = "launchdarkly_api/sandbox/control/behaviour.py"
VERBS = "launchdarkly_api/sandbox/control/verbs.py"
SANDBOX_GUIDE = "docs/guides/sandbox-from-any-language.md"
RULES = "launchdarkly_api/sandbox/service/rules.py"
#: The files that exist after a recipe only.
INVENTED = {"docs/examples/the_call.py", "launchdarkly_api/model/the_name.py"}

#: The tests that look at every declaration of a model.
MODEL_CHECKS = (
    "test/model",
    "test/packaging/test_surface.py::test_nothing_of_the_last_release_is_broken",
    "test/test_dropin.py",
    "test/test_generated_docs.py",
    "test/test_lazy.py",
    "test/test_models_building.py",
    "test/test_public_surface.py::test_annotations_of_calls_resolve_at_run_time",
    "test/test_public_surface.py::test_every_model_has_its_module_and_its_place_in_models",
    "test/test_public_surface.py::test_imports_point_in_one_direction",
    "test/test_public_surface.py::test_no_modules_import_one_another_in_a_circle",
    "test/test_todays_service.py",
)
#: The tests that look at every call.
CALL_CHECKS = (
    "test/docs/test_examples.py::test_every_example_script_runs[get_project_experiments.py]",
    "test/docs/test_links.py",
    "test/packaging/test_surface.py::test_nothing_of_the_last_release_is_broken",
    "test/packaging/test_surface.py::test_programs_are_told_to_import_what_is_public",
    "test/test_annotations.py::test_pydantic_understands_every_call",
    "test/test_calls.py",
    "test/test_generated_docs.py",
    "test/test_public_surface.py::test_annotations_of_calls_resolve_at_run_time",
    "test/test_public_surface.py::test_imports_point_in_one_direction",
)
NEW_MODEL = '''from launchdarkly_api.model_utils import KW_ONLY, Model


class HoldoutRep(Model):
    """A share of the contexts that takes part in no experiment."""

    __slots__ = ()

    key: str
    """The key of the holdout. Example: ``"quarterly"``."""
    _: KW_ONLY
    holdout_amount: str | None = None
    """The share, in percent, as text. Example: ``"5"``."""
'''
NEW_ENDPOINT = """GET_PROJECT_EXPERIMENTS = Endpoint(
    name="get_project_experiments",
    method="GET",
    path="/api/v2/projects/{projectKey}/all-experiments",
    path_parameters=(_PROJECT,),
    query_parameters=(Parameter("limit", "limit", int),),
    returns="ExperimentCollectionRep",
    errors=(404, 429),
)
"""
NEW_METHOD = '''    def get_project_experiments(
        self, project_key: str, *, limit: int | None = None, **options: Unpack[CallOptions]
    ) -> models.ExperimentCollectionRep:
        """Get the experiments in all environments of a project.

        Args:
            project_key: The project's key.
            limit: The maximum number of experiments to return; 20 by default.
            **options: The options of every call, see ``CallOptions``.

        Returns:
            The first page of the experiments.

        Raises:
            ApiTypeError, ApiValueError: An argument is invalid. Nothing was sent.
            NotFoundException: 404; a key does not exist.
            RateLimitedException: 429; too many calls, even after the retries.
            ApiException: Any other status, or no usable response.
        """
        arguments = {"project_key": project_key, "limit": limit}
        result: models.ExperimentCollectionRep = self.api_client.call(
            GET_PROJECT_EXPERIMENTS, arguments, options
        )
        return result

'''
NEW_EXAMPLE = """from launchdarkly_api import ApiClient, ApiException, Configuration
from launchdarkly_api.apis import ExperimentsApi

with ApiClient(Configuration.from_env()) as client:
    api = ExperimentsApi(client)
    try:
        page = api.get_project_experiments("demo", limit=10)
        print(page.total_count, "experiments in all environments")
    except ApiException as error:
        print("The experiments could not be listed:", error)
"""
NEW_HANDLER = """    def _get_project_experiments(self, request: CallRequest) -> tuple[int, Json]:
        with self.state.lock:
            project = self._project(request)
            found = [
                experiment
                for environment in project.environments
                for experiment in self.state.experiments_in(project.key, environment)
            ]
        page = Page.of(request.query, len(found))
        items = [self._experiment_json(project, each, frozenset()) for each in found[: page.limit]]
        address = path("/api/v2/projects/{project}/all-experiments", project.key)
        return 200, responses.collection(items, page, address, request.query)

"""
NEW_HANDLER_TEST = """from test.sandbox.client import Client


def test_the_experiments_of_all_environments_are_listed(client: Client) -> None:
    assert client.create("exp").status == 201
    answer = client.get("/api/v2/projects/demo/all-experiments")
    assert [item["key"] for item in answer.json["items"]] == ["exp"]
"""
NEW_RULE_TEST = """

def test_400_for_a_name_that_is_too_long(client: Client) -> None:
    body = {**experiment_post(), "name": "n" * 257}
    refused(client.call("POST", experiments(), body), "name is longer than 256 characters")
    assert client.call("POST", experiments(), {**body, "name": "n" * 256}).status == 201
"""
NEW_SANDBOX_METHOD = '''    def double_latency(self) -> None:
        """Double the delay of each response."""
        with self._changing():
            self._application.latency *= 2

'''
NEW_METHOD_TEST = """

def test_the_latency_can_be_doubled(sandbox: Sandbox, client: Client) -> None:
    sandbox.latency(0.01)
    assert control(client, "POST", "/latency/double", {}).status == 204
    sandbox.double_latency()
    assert sandbox._application.latency == 0.04
    assert "/latency/double" in str(control(client, "GET", "/openapi.json").json)
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the working tree."""
    return Path(shutil.copytree(ROOT, tmp_path / "copy", ignore=IGNORED))


def attempt(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program in the copy."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    return subprocess.run(
        [sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True
    )


def run(copy: Path, *words: str) -> str:
    """The output of a Python program that runs in the copy and must succeed."""
    done = attempt(copy, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_tests(copy: Path, *tests: str) -> None:
    """Run tests in the copy. All must pass."""
    run(copy, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *tests)


def generate(copy: Path) -> set[str]:
    """The files that the generator of the pages writes."""
    written = run(copy, "docs/generate.py").splitlines()
    assert run(copy, "docs/generate.py", "--check") == ""
    return {line.removeprefix("wrote ") for line in written}


def contents(folder: Path) -> dict[str, bytes]:
    """The content of each file, by its path in the folder."""
    found: dict[str, bytes] = {}
    for parent, folders, files in os.walk(folder):
        ignored = IGNORED(parent, [*folders, *files])
        folders[:] = [name for name in folders if name not in ignored]
        paths = [Path(parent, name) for name in files if name not in ignored]
        found |= {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return found


def changed(copy: Path) -> set[str]:
    """The files of the copy that are new or differ from the original."""
    original = contents(ROOT)
    return {name for name, text in contents(copy).items() if original.get(name) != text}


def insert(path: Path, text: str, *, before: str) -> None:
    """Insert a text before another, which the file must contain exactly once."""
    old = path.read_text(encoding="utf-8")
    assert old.count(before) == 1, (path, before)
    path.write_text(old.replace(before, text + before), encoding="utf-8")


def files_of(recipe: str, **names: str) -> tuple[set[str], set[str]]:
    """The files that a recipe names: those that a person writes, and the generated ones.

    Args:
        recipe: The first cell of its row in the table of CONTRIBUTING.
        names: The names to put in place of ``<model>``, ``<Model>`` and ``<call>``.
    """
    row = re.search(rf"^\| {recipe} \| (.*) \| (.*) \|$", GUIDE, re.MULTILINE)
    assert row, recipe
    written, generated = (
        {re.sub(r"<(\w+)>", lambda name: names[name[1]], file) for file in re.findall("`(.*?)`", c)}
        for c in row.groups()
    )
    return written, generated


def recipe_field() -> str:
    """The lines that CONTRIBUTING gives for a field."""
    found = re.search(r"```text\n(   holdout_id: .*?)   ```", GUIDE, re.DOTALL)
    assert found
    return re.sub("^ {3}", "    ", found[1], flags=re.MULTILINE)


@pytest.mark.slow
def test_a_field_and_a_model_take_one_file_each(copy: Path) -> None:
    experiment = copy / "launchdarkly_api/model/experiment.py"
    with experiment.open("a", encoding="utf-8") as file:
        file.write(recipe_field())
    written, generated = files_of("A field", model="experiment", Model="Experiment")
    assert changed(copy) == written
    assert generate(copy) == generated

    before = changed(copy)
    (copy / "launchdarkly_api/model/holdout_rep.py").write_text(NEW_MODEL, encoding="utf-8")
    written, generated = files_of("A model", model="holdout_rep", Model="HoldoutRep")
    assert changed(copy) - before == written
    assert generate(copy) == generated

    code = """
from launchdarkly_api.models import Experiment, HoldoutRep
made = Experiment("k", "n", "m", 1, {}, holdout_id="h")
print(made.holdout_id, HoldoutRep("quarterly").key, HoldoutRep("quarterly").holdout_amount)
"""
    assert run(copy, "-c", code) == "h quarterly None\n"
    run_tests(copy, *MODEL_CHECKS)


@pytest.mark.slow
def test_a_call_takes_one_file_and_an_example(copy: Path) -> None:
    insert(copy / API, NEW_ENDPOINT, before="\n\nclass ExperimentsApi(BaseApi):")
    insert(copy / API, NEW_METHOD, before="    def iter_experiments(")
    example = copy / "docs/examples/get_project_experiments.py"
    example.write_text(NEW_EXAMPLE, encoding="utf-8")
    written, generated = files_of("A call", call="get_project_experiments")
    assert changed(copy) == written
    assert generate(copy) == generated
    run_tests(copy, *CALL_CHECKS)
    run(copy, "-m", "mypy", "--strict", *written)


@pytest.mark.slow
def test_the_sandbox_serves_a_new_call_after_a_change_of_two_files(copy: Path) -> None:
    insert(copy / API, NEW_ENDPOINT, before="\n\nclass ExperimentsApi(BaseApi):")
    before = changed(copy)
    insert(copy / ENDPOINTS, '    "get_project_experiments",\n', before="]\n\nCALLS: ")
    row = '    ("get_project_experiments", "GET", f"{PROJECT}/all-experiments"),\n'
    insert(copy / ENDPOINTS, row, before=")\n\n\n#: The calls that change")
    entry = '            "get_project_experiments": self._get_project_experiments,\n'
    insert(copy / CALLS, entry, before='            "patch_experiment": ')
    insert(copy / CALLS, NEW_HANDLER, before="    # Settings.\n")
    test = copy / "test/sandbox/test_get_project_experiments.py"
    test.write_text(NEW_HANDLER_TEST, encoding="utf-8")
    written, generated = files_of("A call of the sandbox", call="get_project_experiments")
    assert changed(copy) - before == written
    assert generated == set()
    beside = ("test/sandbox/test_contract.py", "test/sandbox/test_independence.py")
    run_tests(copy, str(test), *beside)


@pytest.mark.slow
def test_a_rule_of_the_sandbox_takes_one_file_and_its_test(copy: Path) -> None:
    tests = "test/sandbox/test_bodies.py"
    with (copy / tests).open("a", encoding="utf-8") as file:
        file.write(NEW_RULE_TEST)
    only = ("-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", tests, "-k", "too_long")
    assert "1 failed" in attempt(copy, *only).stdout

    rule = (
        '    if len(body["name"]) > 256:\n'
        '        raise invalid("name is longer than 256 characters. Choose a shorter name.")\n'
    )
    insert(copy / RULES, rule, before="    return Experiment(\n")
    written, generated = files_of("A rule of the sandbox")
    assert changed(copy) == written
    assert generated == set()
    run_tests(copy, tests, "test/sandbox/test_independence.py")


@pytest.mark.slow
def test_a_method_of_the_sandbox_takes_two_files_its_row_and_its_test(copy: Path) -> None:
    tests = "test/sandbox/test_control.py"
    with (copy / tests).open("a", encoding="utf-8") as file:
        file.write(NEW_METHOD_TEST)
    insert(copy / BEHAVIOUR, NEW_SANDBOX_METHOD, before="    # The clock.\n")
    verb = '    Verb("POST", "/latency/double", Documents.double_latency),\n'
    insert(copy / VERBS, verb, before='    Verb("PUT", "/rate-limit"')
    row = "| `POST /__sandbox/latency/double` | `double_latency` |\n"
    insert(copy / SANDBOX_GUIDE, row, before="| `PUT /__sandbox/rate-limit` |")
    written, generated = files_of("A method of the sandbox")
    assert changed(copy) == written
    assert generated == set()
    run_tests(
        copy, f"{tests}::test_the_latency_can_be_doubled", "test/sandbox/test_control_openapi.py"
    )


def test_the_recipe_of_a_plot_names_the_file_that_its_test_changes() -> None:
    assert files_of("A plot") == ({PLOTS}, set())


def test_every_file_that_the_guide_names_exists() -> None:
    files = [f"/{name}" for name in contents(ROOT)]
    named = set(re.findall(r"[`\s]([\w./]+\.(?:py|md|json))\b", GUIDE)) - INVENTED
    assert len(named) > 30
    assert [name for name in named if not any(file.endswith(f"/{name}") for file in files)] == []
