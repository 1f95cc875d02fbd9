"""The sandbox as a program: ``python -m launchdarkly_api.sandbox``."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeVar

from launchdarkly_api.sandbox.output import Output, escaped
from launchdarkly_api.sandbox.service.limits import RateLimit
from launchdarkly_api.sandbox.state import checks

if TYPE_CHECKING:
    from launchdarkly_api.sandbox import Sandbox
    from launchdarkly_api.sandbox.http.log import RecordedRequest

#: The time to wait for the last lines to be read.
LAST_LINES_SECONDS = 1.0

#: The time between two checks for a signal.
POLL_SECONDS = 0.05

T = TypeVar("T")


class _Interrupt(KeyboardInterrupt):
    """Raised by a signal.

    CPython ends with a signal, and not with an exit code, after a plain ``KeyboardInterrupt`` in
    ``exec()``, even one that was handled.
    """


class _End:
    """Handles the signals that end the program."""

    def __init__(self) -> None:
        #: Whether a signal arrived.
        self.asked: bool = False
        #: Whether a signal interrupts what the program does. Otherwise Python continues a read that
        #: waits, such as that of a pipe, after the handler.
        self.interrupts: bool = True

    def __call__(self, _number: int, _frame: object) -> None:
        self.asked = True
        if self.interrupts:
            raise _Interrupt


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print one line, without the usage text."""
        self.exit(2, f"{self.prog}: {message}\n")


def _option(expected: str, convert: Callable[[str], T]) -> Callable[[str], T]:
    """Return a converter of an option's value. argparse adds the option's name to its message."""

    def converted(text: str) -> T:
        try:
            return convert(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be {expected}, not {text!r:.80}") from None

    return converted


def _rate(text: str) -> tuple[int, float]:
    limit, slash, seconds = text.partition("/")
    rate = int(limit), float(seconds) if slash else 10.0
    RateLimit(*rate, route_limit=rate[0])
    return rate


def _milliseconds(text: str) -> float:
    return checks.seconds("latency", float(text) / 1000)


def _share(text: str) -> float:
    return checks.probability("probability", float(text))


def _name(text: str) -> str:
    if not text:
        raise ValueError
    return text


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="launchdarkly-sandbox",
        description="A local stand-in for LaunchDarkly's Experiments (beta) API.",
    )
    add = parser.add_argument
    add(
        "--host",
        type=_option("an address", _name),
        default="127.0.0.1",
        help="address to listen on (default: %(default)s)",
    )
    port = _option("a number from 0 to 65535", lambda text: checks.port(int(text)))
    add("--port", type=port, default=0, help="port to listen on (default: any free port)")
    token = _option("printable ASCII, without blanks around it", checks.access_token)
    add("--access-token", type=token, metavar="T", help="access token that requests must send")
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="further name of the sandbox; repeat it for several",
    )
    add(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="origin of a web page that may use the sandbox; repeat it for several",
    )
    rate = _option("N/SECONDS, such as 100/10", _rate)
    add("--rate-limit", type=rate, metavar="N/SECONDS", help="requests per window")
    delay = _option("a number of milliseconds, at most those of a day", _milliseconds)
    add("--latency-ms", type=delay, metavar="N", help="delay of each response")
    share = _option("a number from 0 to 1", _share)
    add(
        "--fail-rate",
        type=share,
        metavar="P",
        help="share of calls that fail with 503",
    )
    add(
        "--api-version",
        "--era",
        choices=("2023", "2026"),
        help="version of the API to imitate (default: 2026)",
    )
    add(
        "--state",
        type=_option("the name of a file", _name),
        metavar="FILE",
        help="file that keeps all data across restarts",
    )
    add(
        "--export",
        type=_option("the name of a folder", _name),
        metavar="FOLDER",
        help="write all traffic to Parquet files, as LaunchDarkly's Data Export, and end",
    )
    data = parser.add_mutually_exclusive_group()
    data.add_argument(
        "--seed",
        type=_option("the name of a file", _name),
        metavar="FILE",
        help="file with the data and settings to start with, in JSON or YAML",
    )
    data.add_argument("--demo", action="store_true", help="add the experiments that the guides use")
    add(
        "--unusual-values",
        action="store_true",
        help="send values that no document lists, such as nulls and timestamps as strings",
    )
    add("--lenient", action="store_true", help="accept every PATCH as a semantic patch")
    return parser


def serve(options: argparse.Namespace, end: _End) -> None:
    """Serve requests until a signal arrives."""
    from launchdarkly_api.sandbox import Sandbox
    from launchdarkly_api.sandbox.service.examples import put_examples

    token = {} if options.access_token is None else {"access_token": options.access_token}
    sandbox = Sandbox(
        host=options.host,
        port=options.port,
        api_version=options.api_version,
        state=options.state,
        lenient=options.lenient,
        unusual_values=options.unusual_values,
        seed=options.seed,
        allow_hosts=options.allow_host,
        allow_origins=options.allow_origin,
        **token,
    )
    _override(sandbox, options)
    output = Output(sys.stdout)
    if options.export is not None:
        _export(sandbox, options, output, end)
        return

    def log(request: RecordedRequest) -> None:
        output.say(escaped(f"{time.strftime('%H:%M:%S')} {request}"))

    sandbox.on_request = log
    try:
        with sandbox:
            if options.demo:
                put_examples(sandbox._state, newer=sandbox.api_version == "2026")
            end.interrupts = False
            output.say(f"Sandbox ready at {sandbox.url}")
            output.say(f"Access token: {sandbox.access_token}")
            # Not an event or a queue: a signal just before its wait would be noticed too late, and
            # a signal handler that sets it could wait for a lock that its own thread holds.
            while not end.asked:
                time.sleep(POLL_SECONDS)
    finally:
        output.close(LAST_LINES_SECONDS)


def _override(sandbox: Sandbox, options: argparse.Namespace) -> None:
    """Apply the options that the seed may have set otherwise."""
    if options.api_version is not None:
        sandbox.set_api_version(options.api_version)
    if options.rate_limit is not None:
        sandbox.rate_limit(*options.rate_limit)
    if options.latency_ms is not None:
        sandbox.latency(options.latency_ms)
    if options.fail_rate is not None:
        sandbox.fail_rate(options.fail_rate)


def _export(sandbox: Sandbox, options: argparse.Namespace, output: Output, end: _End) -> None:
    from launchdarkly_api.sandbox.service.examples import put_examples

    try:
        with sandbox:
            if options.demo:
                put_examples(sandbox._state, newer=sandbox.api_version == "2026")
            for path in sandbox.export(options.export).values():
                output.say(f"Wrote {path}")
    except (_Interrupt, RuntimeError):
        # DuckDB raises a RuntimeError in place of the exception of a signal.
        if not end.asked:
            raise
        raise InterruptedError("The export was interrupted, so it is incomplete") from None
    finally:
        output.close(LAST_LINES_SECONDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Returns:
        0 after Ctrl-C or SIGTERM, 1 if it cannot run. A bad option exits with 2.
    """
    end = _End()
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        serve(_parser().parse_args(arguments), end)
    except _Interrupt:
        return 0
    except (OSError, ValueError, ImportError) as error:
        message = getattr(error, "strerror", None) or error
        print(f"launchdarkly-sandbox: {message}", file=sys.stderr)
        return 1
    finally:
        # A program that calls this function has handlers of its own.
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


if __name__ == "__main__":
    sys.exit(main())
