"""The page about the API class: every call, and the options that all calls accept."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

from markup import DOCS, FOOTER, bullets, markdown, read_docstring, type_link

from launchdarkly_api._call.endpoint import Endpoint
from launchdarkly_api.api import experiments_beta_api
from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi
from launchdarkly_api.api_client import CallOptions
from launchdarkly_api.configuration import SERVERS
from launchdarkly_api.exceptions import exception_for_status

ENDPOINTS = [value for value in vars(experiments_beta_api).values() if isinstance(value, Endpoint)]


def type_aliases() -> dict[str, str]:
    """The aliases for types of arguments, each with the type that it stands for."""
    found: dict[str, str] = {}
    for statement in ast.walk(ast.parse(inspect.getsource(experiments_beta_api))):
        match statement:
            case (
                ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                | ast.Assign(targets=[ast.Name(id=name)], value=value)
            ) if name[0].isupper() and not name.isupper() and not isinstance(value, ast.Call):
                found[name] = ast.unparse(value).replace("'", '"')
            case _:
                pass
    return found


ALIASES = type_aliases()


def api_page() -> str:
    """The page about the API class."""
    lines = [
        "# launchdarkly_api.ExperimentsBetaApi",
        "",
        f"All paths are relative to *{SERVERS[0][0]}*, or to the host of the configuration.",
        "",
        "The examples take the access token and the host from the environment. To try them without"
        " an account, run `python -m launchdarkly_api.sandbox --demo` and set"
        " `LAUNCHDARKLY_ACCESS_TOKEN` and `LAUNCHDARKLY_API_HOST` to the values that it prints.",
        "",
        calls_table("ExperimentsBetaApi.md"),
        "",
        read_docstring(ExperimentsBetaApi).text,
        "",
        "[iter_experiments](guides/paging-and-filtering.md) iterates over all pages of"
        " `get_experiments`. [with_http_info and submit](guides/responses-futures-asyncio.md)"
        " return the status and headers, or the future, of any call.",
        "",
        *_options(),
        *_types(),
    ]
    return "\n".join([*lines, *map(_call, ENDPOINTS)])


def calls_table(page: str) -> str:
    """A table of the calls, each linked to its section of the API page."""
    lines = ["Method | HTTP request | Description", "--- | --- | ---"]
    for endpoint in ENDPOINTS:
        summary = read_docstring(getattr(ExperimentsBetaApi, endpoint.name)).summary
        summary += " (deprecated)" if endpoint.deprecated else ""
        summary += " (withdrawn by the service)" if endpoint.withdrawn else ""
        lines.append(
            f"[**{endpoint.name}**]({page}#{endpoint.name}) |"
            f" **{endpoint.method}** {endpoint.path} | {summary}"
        )
    return "\n".join(lines)


def _options() -> list[str]:
    lines = ["## Options of every call", "", "Every call also accepts these keyword arguments.", ""]
    lines += ["Name | Type | Description", "--- | --- | ---"]
    told = bullets(CallOptions)
    types = inspect.get_annotations(CallOptions)
    for name, annotation in types.items():
        text = annotation.__forward_arg__ if hasattr(annotation, "__forward_arg__") else annotation
        lines.append(f"**{name}** | {type_link(str(text))} | {told[name]}")
    return [*lines, ""]


def _types() -> list[str]:
    lines = ["## Types of arguments", "", "These are the type names in the tables of parameters."]
    lines[-1] += " A type in brackets replaces `WordT`."
    lines.append("")
    for name, meaning in ALIASES.items():
        lines += [f"### {name}", "", "```text", *textwrap.wrap(meaning, 96), "```", ""]
    return lines


def _call(endpoint: Endpoint) -> str:
    """The section about one call."""
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
    lines += ["", "### Parameters", ""]
    lines += ["Name | Type | Description | Notes", "--- | --- | --- | ---"]
    for parameter in parameters:
        notes = "[optional]" if parameter.kind is parameter.KEYWORD_ONLY else ""
        kind = type_link(_written(parameter.annotation), ALIASES)
        lines.append(f"**{parameter.name}** | {kind} | {told.arguments[parameter.name]} | {notes}")
    lines += ["", "The [options of every call](#options-of-every-call) are accepted as well."]
    lines += ["", "### Return type", "", returns]
    lines += ["", "### Authorization", "", "[ApiKey](../README.md#apikey)"]
    content = f"`{endpoint.content_type}`" if endpoint.body else "Not defined"
    lines += ["", "### HTTP request headers", "", f"- **Content-Type**: {content}"]
    lines += ["- **Accept**: `application/json`", "- **LD-API-Version**: `beta`"]
    lines += ["", "### HTTP response details", "", "Status | Result", "--- | ---"]
    success = f"[{endpoint.returns}]({endpoint.returns}.md)" if endpoint.returns else "no body"
    lines.append(f"**{endpoint.success}** | {success}")
    for status in sorted((*endpoint.errors, *endpoint.seen)):
        lines.append(_failure(status, told.raises, beside=status in endpoint.seen))
    return "\n".join([*lines, "", FOOTER.format(top="launchdarkly_apiexperimentsbetaapi"), ""])


def _written(annotation: Any) -> str:
    """The type of an argument as the code writes it, without ``None``."""
    return str(annotation).removesuffix(" | None")


def _failure(status: int, raises: dict[str, str], *, beside: bool) -> str:
    """The row about one status. The docstring of the call takes precedence over the exception's."""
    raised = exception_for_status(status)
    _, _, for_this_call = raises[raised.__name__].partition("; ")
    _, _, for_any = (inspect.getdoc(raised) or "").partition(": ")
    meaning = markdown(for_this_call or for_any)
    error = raised.error_model
    body = f" `error` is [{error}]({error}.md)." if error else ""
    source = " Observed, but not in the contract." if beside else ""
    return f"**{status}** | `{raised.__name__}`: {meaning}{body}{source}"
