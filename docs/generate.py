"""Writes the reference pages from the code: ``python docs/generate.py``.

One page for the API class, one for each model, the lists in the README, and the module that
gathers the models. ``--check`` writes nothing, names what is stale, and ends with 1 where anything
is.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

from launchdarkly_api import model as declarations
from launchdarkly_api.api import experiments_beta_api
from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi
from launchdarkly_api.configuration import SERVERS
from launchdarkly_api.endpoint import Endpoint
from launchdarkly_api.exceptions import exception_for_status
from launchdarkly_api.lazy import module_name
from launchdarkly_api.model_utils import ArrayModel

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
GATHERED = DOCS.parent / "launchdarkly_api" / "models" / "__init__.py"
ENDPOINTS = [value for value in vars(experiments_beta_api).values() if isinstance(value, Endpoint)]
FOOTER = (
    "[[Back to top]](#{top}) [[Back to API list]](../README.md#documentation-for-api-endpoints) "
    "[[Back to Model list]](../README.md#documentation-for-models) "
    "[[Back to README]](../README.md)"
)


def declared_models() -> dict[str, Any]:
    """The models by name. The folder tells them: the list of them is one of the things written."""
    found = {}
    for path in Path(declarations.__file__ or "").parent.glob("[a-z]*.py"):
        module = importlib.import_module(f"{declarations.__name__}.{path.stem}")
        (name,) = (name for name in vars(module) if module_name(name) == path.stem)
        found[name] = getattr(module, name)
    return dict(sorted(found.items()))


MODELS = declared_models()


class Docstring(NamedTuple):
    """A docstring, taken apart."""

    summary: str
    text: str
    arguments: dict[str, str]


def markdown(text: str) -> str:
    """A docstring's markup as Markdown: it has literals and nothing else."""
    return " ".join(text.split()).replace("``", "`")


def read_docstring(documented: Any) -> Docstring:
    """Summary, text and arguments of a docstring with the sections Args, Returns, Raises."""
    parts = re.split(r"\n(Args|Returns|Raises):\n", inspect.getdoc(documented) or "")
    summary, _, text = parts[0].partition("\n\n")
    sections = dict(zip(parts[1::2], parts[2::2]))
    arguments = re.findall(
        r"^ {4}(\*{0,2}\w+): ((?:.|\n(?! {4}\w|\S))*)", sections.get("Args", ""), re.M
    )
    return Docstring(
        summary.strip(), markdown(text), {name: markdown(meaning) for name, meaning in arguments}
    )


def type_link(text: str) -> str:
    """A type as it stands in the code, with each model linked to its page."""
    escaped = text.replace("|", "\\|").replace("models.", "")
    return re.sub(
        r"\b[A-Z]\w+",
        lambda word: f"[{word[0]}]({word[0]}.md)" if word[0] in MODELS else word[0],
        escaped,
    )


def call_page(endpoint: Endpoint) -> str:
    """The part of the API page about one call."""
    method = getattr(ExperimentsBetaApi, endpoint.name)
    told = read_docstring(method)
    parameters = list(inspect.signature(method).parameters.values())[1:-1]
    shown = ", ".join(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY)
    returns = f"[**{endpoint.returns}**]({endpoint.returns}.md)" if endpoint.returns else "None"
    lines = [
        f"# **{endpoint.name}**",
        f"> {(endpoint.returns or '') + ' ' * bool(endpoint.returns)}{endpoint.name}({shown})",
        "",
        told.summary,
    ]
    lines += ["", told.text] if told.text else []
    lines += ["", "### Example", "", "```python"]
    lines += [(DOCS / "examples" / f"{endpoint.name}.py").read_text().rstrip(), "```"]
    lines += [
        "",
        "### Parameters",
        "",
        "Name | Type | Description | Notes",
        "--- | --- | --- | ---",
    ]
    for parameter in parameters:
        notes = "[optional]" if parameter.kind is parameter.KEYWORD_ONLY else ""
        kind = type_link(parameter.annotation.removesuffix(" | None"))
        lines.append(f"**{parameter.name}** | {kind} | {told.arguments[parameter.name]} | {notes}")
    lines += ["", "### Return type", "", returns]
    lines += ["", "### Authorization", "", "[ApiKey](../README.md#apikey)"]
    content = f"`{endpoint.content_type}`" if endpoint.body else "Not defined"
    lines += ["", "### HTTP request headers", "", f"- **Content-Type**: {content}"]
    lines += ["- **Accept**: `application/json`", "- **LD-API-Version**: `beta`"]
    lines += ["", "### HTTP response details", "", "Status | Result", "--- | ---"]
    success = f"[{endpoint.returns}]({endpoint.returns}.md)" if endpoint.returns else "no body"
    lines.append(f"**{endpoint.success}** | {success}")
    for status in endpoint.errors:
        raised = exception_for_status(status)
        error = raised.error_model
        lines.append(f"**{status}** | `{raised.__name__}`, `error` is [{error}]({error}.md)")
    return "\n".join([*lines, "", FOOTER.format(top="launchdarkly_apiexperimentsbetaapi"), ""])


def api_page() -> str:
    """The page about the API class."""
    lines = [
        "# launchdarkly_api.ExperimentsBetaApi",
        "",
        f"All paths are relative to *{SERVERS[0][0]}*, or to the host of the configuration.",
        "",
        "The examples take the access token and the host from the environment. To try them without"
        " an account, run `python -m launchdarkly_api.sandbox --demo` and set"
        " `LAUNCHDARKLY_ACCESS_TOKEN` and `LAUNCHDARKLY_API_HOST` to what it prints.",
        "",
        calls_table("ExperimentsBetaApi.md"),
        "",
        read_docstring(ExperimentsBetaApi).text,
        "",
        "[iter_experiments](guides/paging-and-filtering.md) goes through all pages of"
        " `get_experiments`. [with_http_info and submit](guides/responses-futures-asyncio.md) give"
        " any call's status and headers, or its future.",
        "",
    ]
    return "\n".join([*lines, *map(call_page, ENDPOINTS)])


def calls_table(page: str) -> str:
    """The calls, one a line, linked to their place on the API page."""
    lines = ["Method | HTTP request | Description", "--- | --- | ---"]
    for endpoint in ENDPOINTS:
        summary = read_docstring(getattr(ExperimentsBetaApi, endpoint.name)).summary
        lines.append(
            f"[**{endpoint.name}**]({page}#{endpoint.name}) |"
            f" **{endpoint.method}** {endpoint.path} | {summary}"
        )
    return "\n".join(lines)


class FieldDoc(NamedTuple):
    """A field as its declaration says it."""

    name: str
    type: str
    meaning: str
    example: str
    wire: str
    required: bool


def declaration(model: Any) -> ast.ClassDef:
    """The class statement of a model."""
    (statement,) = ast.parse(inspect.getsource(model)).body
    assert isinstance(statement, ast.ClassDef)
    return statement


def field_docs(model: Any) -> list[FieldDoc]:
    """The fields of a model, with the strings under them, from its source."""
    body = declaration(model).body
    found = []
    for line, below in zip(body, [*body[1:], None]):
        if not isinstance(line, ast.AnnAssign) or ast.unparse(line.target) == "_":
            continue
        text = ast.literal_eval(below.value) if isinstance(below, ast.Expr) else ""
        meaning, _, example = " ".join(text.split()).partition(" Example: ")
        name = ast.unparse(line.target)
        kind = ast.unparse(line.annotation).removesuffix(" | None").replace("'", '"')
        found.append(
            FieldDoc(
                name,
                # Epoch milliseconds are an int, and the meaning says the unit.
                kind.replace("EpochMilliseconds", "int"),
                meaning.replace("``", "`"),
                example.removesuffix(".").replace("``", "`"),
                model.attribute_map[name],
                line.value is None or not _is_optional(line.value),
            )
        )
    return found


def _is_optional(default: ast.expr) -> bool:
    """Whether a field's right-hand side gives it a default."""
    if isinstance(default, ast.Call):
        return any(keyword.arg == "default" for keyword in default.keywords)
    return True


def model_page(name: str) -> str:
    """The page about one model."""
    model = MODELS[name]
    summary, _, text = (ast.get_docstring(declaration(model)) or "").partition("\n\n")
    lines = [f"# {name}", "", markdown(summary), ""]
    lines += [markdown(text), ""] if text else []
    fields = field_docs(model)
    if fields:
        lines += ["## Properties", "", "Name | Type | Wire name | Description | Example | Notes"]
        lines.append("--- | --- | --- | --- | --- | ---")
    for field in fields:
        example = field.example.replace("|", "\\|")
        notes = "" if field.required else "[optional]"
        lines.append(
            f"**{field.name}** | {type_link(field.type)} | `{field.wire}` |"
            f" {field.meaning} | {example} | {notes}"
        )
    lines += [""] if fields else []
    if issubclass(model, ArrayModel):
        item = type_link(model.openapi_types["value"][0][0].__name__)
        lines += [f"It is a JSON array: `value` is the list, and each item is {item}.", ""]
    else:
        others = "any value" if model._additional is Any else type_link(model._additional.__name__)
        lines += [f"Any further property is kept and sent: a string key, {others}.", ""]
    return "\n".join([*lines, FOOTER.format(top=name.lower()), ""])


def gathered_models() -> str:
    """The module that has the models' names in one place."""
    imports = []
    for name in sorted(MODELS, key=module_name):
        source = f"    from {declarations.__name__}.{module_name(name)} import "
        short = f"{source}{name}"
        imports.append(short if len(short) <= 100 else f"{source}(\n        {name},\n    )")
    head, _, rest = GATHERED.read_text(encoding="utf-8").partition("if TYPE_CHECKING:\n")
    _, _, tail = rest.partition("\n]\n")
    names = [f'    "{name}",' for name in MODELS]
    return "\n".join(
        [f"{head}if TYPE_CHECKING:", *imports, "", "__all__ = [", *names, f"]\n{tail}"]
    )


def readme() -> str:
    """The README, with its lists as they must be."""
    rows = "\n".join(f"- [{name}](docs/{name}.md)" for name in MODELS)
    text = README.read_text(encoding="utf-8")
    for part, content in (("calls", calls_table("docs/ExperimentsBetaApi.md")), ("models", rows)):
        begin, end = f"<!-- {part}: generated -->\n", f"<!-- /{part} -->"
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"README.md has no lines {begin.strip()} and {end}")
        text = f"{head}{begin}{content}\n{end}{tail}"
    return text


def pages() -> dict[Path, str]:
    """Every generated file, and what it must hold."""
    made = {DOCS / f"{name}.md": model_page(name) for name in MODELS}
    return {
        DOCS / "ExperimentsBetaApi.md": api_page(),
        README: readme(),
        GATHERED: gathered_models(),
        **made,
    }


def stale() -> list[Path]:
    """The files that are not what the code says."""
    return [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main(words: list[str]) -> int:
    """Write what is stale, or with ``--check`` only name it."""
    found = stale()
    if words == ["--check"]:
        for path in found:
            print(f"{path.relative_to(DOCS.parent)} is stale: run python docs/generate.py")
        return 1 if found else 0
    if words:
        print(__doc__)
        return 2
    wanted = pages()
    for path in found:
        path.write_text(wanted[path], encoding="utf-8")
        print(f"wrote {path.relative_to(DOCS.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
