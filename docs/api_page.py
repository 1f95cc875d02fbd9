"""The pages about the API classes: every call, and the options that all calls accept."""

from __future__ import annotations

import ast
import inspect
import textwrap
from types import ModuleType
from typing import Any

from markup import DOCS, FOOTER, bullets, markdown, read_docstring, type_link

from launchdarkly_api._call.endpoint import Endpoint
from launchdarkly_api.api import experiments_api, experiments_beta_api
from launchdarkly_api.api.experiments_api import ExperimentsApi
from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi
from launchdarkly_api.api_client import CallOptions
from launchdarkly_api.configuration import SERVERS
from launchdarkly_api.exceptions import exception_for_status

#: Each API class, with the module of its own calls.
MODULES: dict[Any, ModuleType] = {
    ExperimentsApi: experiments_api,
    ExperimentsBetaApi: experiments_beta_api,
}
#: The class by whose page each call is explained.
OWNERS = {
    value.name: api
    for api, module in MODULES.items()
    for value in vars(module).values()
    if isinstance(value, Endpoint) and value.name in vars(api)
}


def endpoints(api: Any) -> list[Endpoint]:
    """All calls of an API class, the inherited ones first."""
    return [value for value in vars(MODULES[api]).values() if isinstance(value, Endpoint)]


def type_aliases(module: ModuleType) -> dict[str, str]:
    """The aliases for types of arguments, each with the type that it stands for."""
    found: dict[str, str] = {}
    for statement in ast.walk(ast.parse(inspect.getsource(module))):
        match statement:
            case (
                ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                | ast.Assign(targets=[ast.Name(id=name)], value=value)
            ) if name[0].isupper() and not name.isupper() and not isinstance(value, ast.Call):
                found[name] = ast.unparse(value).replace("'", '"')
            case _:
                pass
    return found


def api_page(api: Any) -> str:
    """The page about an API class."""
    aliases = type_aliases(MODULES[api])
    lines = [
        f"# launchdarkly_api.{api.__name__}",
        "",
        f"All paths are relative to *{SERVERS[0][0]}*, or to the host of the configuration.",
        "",
        "The examples take the access token and the host from the environment. To try them without"
        " an account, run `python -m launchdarkly_api.sandbox --demo` and set"
        " `LAUNCHDARKLY_ACCESS_TOKEN` and `LAUNCHDARKLY_API_HOST` to the values that it prints.",
        "",
        calls_table(api),
        "",
        read_docstring(api).text,
        "",
        "[iter_experiments](guides/paging-and-filtering.md) iterates over all pages of"
        " `get_experiments`, and `iter_experiments_any_env` over those of"
        " `get_experiments_any_env`."
        " [with_http_info and submit](guides/responses-futures-asyncio.md)"
        " return the status and headers, or the future, of any call.",
        "",
        *_options(),
        *_types(aliases),
    ]
    own = [endpoint for endpoint in endpoints(api) if OWNERS[endpoint.name] is api]
    return "\n".join([*lines, *(_call(endpoint, api, aliases) for endpoint in own)])


def calls_table(api: Any, folder: str = "") -> str:
    """A table of the calls, each linked to its section of a page.

    Args:
        api: The API class.
        folder: The folder of the pages, as seen from the page with the table.

    Returns:
        The lines of the table.
    """
    lines = ["Method | HTTP request | Description", "--- | --- | ---"]
    for endpoint in endpoints(api):
        owner = OWNERS[endpoint.name]
        page = f"{folder}{owner.__name__}.md"
        summary = read_docstring(getattr(owner, endpoint.name)).summary
        summary += " (deprecated by the service)" if endpoint.deprecated else ""
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


def _types(aliases: dict[str, str]) -> list[str]:
    lines = ["## Types of arguments", "", "These are the type names in the tables of parameters."]
    lines[-1] += " A type in brackets replaces `WordT`." if "Words" in aliases else ""
    lines.append("")
    for name, meaning in aliases.items():
        lines += [f"### {name}", "", "```text", *textwrap.wrap(meaning, 96), "```", ""]
    return lines


def _call(endpoint: Endpoint, api: Any, aliases: dict[str, str]) -> str:
    """The section about one call."""
    method = getattr(api, endpoint.name)
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
        kind = type_link(_written(parameter.annotation), aliases)
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
    for status in sorted((*endpoint.errors, *endpoint.observed)):
        lines.append(_failure(status, told.raises, beside=status in endpoint.observed))
    return "\n".join([*lines, "", FOOTER.format(top=f"launchdarkly_api{api.__name__.lower()}"), ""])


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
