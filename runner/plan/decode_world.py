"""What of a saved plan is no job: platforms, state machines, templates, places, complaints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runner import expressions
from runner.errors import Diagnostic, Place, Refused, Related, Severity
from runner.expressions import ExpressionError, Template
from runner.model import (
    MAX_LOOKBACK,
    AwsPlatform,
    DefaultAuth,
    Limits,
    LocalPlatform,
    MachineType,
    MockError,
    MockResult,
    NoAuth,
    StateMachine,
    auth_from_json,
)
from runner.plan.reader import Misread, Reader
from runner.quotas import MOST_CALLS, OPERATIONS, Rate

if TYPE_CHECKING:
    from runner.model import Auth, Mock, Platform


def place(reader: Reader) -> Place:
    """Where something stands, under `place`."""
    return _position(reader.reader("place"))


def _position(reader: Reader) -> Place:
    line, column = reader.whole("line", least=1), reader.whole("column", least=1)
    found = Place(reader.text("file"), line or 1, column or 1)
    reader.done()
    return found


def template(reader: Reader, key: str) -> Template | None:
    """A value with or without expressions; None where it is absent."""
    if reader.take(key) is None:
        return None
    holder = reader.reader(key)
    if holder.flag("withheld"):
        raise Refused(
            f"the plan leaves out a secret that stands in the spec itself ({reader.path}), so it"
            " can't be applied: take the secret from the environment, `${{ env.NAME }}`, and"
            " plan again; or apply the specs"
        )
    try:
        if "expression" in reader.object(key):
            found = expressions.template(holder.take("expression"))
        else:
            found = Template(holder.take("value"))
    except ExpressionError as error:
        raise reader.wrong(key, f"a value with expressions ({error})") from error
    holder.done()
    return found


def platform(name: str, reader: Reader) -> Platform:
    """Where jobs run."""
    kind = reader.text("type")
    if kind not in ("aws-step-functions", "local"):
        raise reader.wrong("type", "'aws-step-functions' or 'local'")
    found = _aws(name, reader) if kind == "aws-step-functions" else _local(name, reader)
    reader.done()
    return found


def _aws(name: str, reader: Reader) -> AwsPlatform:
    return AwsPlatform(
        name=name,
        region=reader.text("region"),
        place=place(reader),
        account_id=reader.text_or_none("accountId"),
        endpoint_url=reader.text_or_none("endpointUrl"),
        trace_header=template(reader, "traceHeader"),
        allow=reader.texts("allow"),
        limits=_limits(reader.reader("limits")),
        auth=_auth(reader),
        description=reader.text("description"),
    )


def _auth(reader: Reader) -> Auth:
    value = reader.take("auth")
    if value is None:
        return DefaultAuth()
    try:
        return auth_from_json(value, f"{reader.path}.auth")
    except NoAuth as error:
        raise Misread(str(error)) from error


def _limits(reader: Reader) -> Limits:
    share = reader.number("share")
    if share is None or not 0 < share <= 1:
        raise reader.wrong("share", "a number above 0 and at most 1")
    lookback = reader.whole("lookback", least=1)
    if lookback is None or lookback > MAX_LOOKBACK:
        raise reader.wrong("lookback", f"an integer between 1 and {MAX_LOOKBACK}")
    quotas = {operation: _rate(operation, quota) for operation, quota in reader.members("quotas")}
    reader.done()
    return Limits(share, lookback, quotas)


def _rate(operation: str, reader: Reader) -> Rate:
    if operation not in OPERATIONS:
        raise Misread(f"{reader.path}: {operation} is no operation with a quota")
    bucket, per_second = reader.number("bucketSize"), reader.number("refillPerSecond")
    if bucket is None or not 1 <= bucket <= MOST_CALLS:
        raise reader.wrong("bucketSize", f"a number between 1 and {MOST_CALLS}")
    if per_second is None or not 0 < per_second <= MOST_CALLS:
        raise reader.wrong("refillPerSecond", f"a number above 0 and at most {MOST_CALLS}")
    reader.done()
    return Rate(bucket, per_second)


def _local(name: str, reader: Reader) -> LocalPlatform:
    scale = reader.number("timeScale")
    if scale is None or scale > 1:
        raise reader.wrong("timeScale", "a number between 0 and 1")
    return LocalPlatform(
        name=name,
        place=place(reader),
        region=reader.text("region"),
        account_id=reader.text("accountId"),
        time_scale=scale,
        trace_header=template(reader, "traceHeader"),
        description=reader.text("description"),
    )


def machine(name: str, reader: Reader) -> StateMachine:
    """A definition, without the places in it."""
    found = StateMachine(
        name=name,
        type=reader.word("type", MachineType),
        place=place(reader),
        definition=reader.take("definition"),
        definition_file=reader.text("definitionFile"),
        mocks={state: _mocks(reader, state) for state in reader.object("mocks")},
        description=reader.text("description"),
    )
    reader.done()
    return found


def _mocks(reader: Reader, state: str) -> tuple[Mock, ...]:
    mocks = Reader(reader.object("mocks"), f"{reader.path}.mocks")
    return tuple(_mock(mock) for mock in mocks.readers(state))


def _mock(reader: Reader) -> Mock:
    error = reader.text_or_none("error")
    if error is None:
        mock: Mock = MockResult(reader.take("result"))
    else:
        mock = MockError(error, reader.text("cause"))
    reader.done()
    return mock


def diagnostic(reader: Reader) -> Diagnostic:
    """A complaint."""
    found = Diagnostic(
        place=place(reader),
        message=reader.text("message"),
        code=reader.text("code"),
        help=reader.text_or_none("help"),
        severity=reader.word("severity", Severity),
        related=tuple(_related(related) for related in reader.readers("related")),
    )
    reader.done()
    return found


def _related(reader: Reader) -> Related:
    related = Related(place(reader), reader.text("message"))
    reader.done()
    return related
