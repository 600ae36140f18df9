"""One effect made into one call of the provider, and its answer into one event."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from runner.errors import ProviderError, Transient
from runner.schedule import (
    CallFailed,
    ExpressEnded,
    Observe,
    Observed,
    Operation,
    Read,
    ReadBack,
    Recheck,
    Rechecked,
    RecheckFailed,
    Redrive,
    Redriven,
    RunExpress,
    Start,
    StartAnswered,
    Stop,
    StopAnswered,
    Survey,
    Surveyed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runner.provider import Execution, Provider
    from runner.schedule import Event, ProviderCall


def perform(provider: Provider, effect: ProviderCall) -> Event:
    """Make a call. Raises nothing: whatever goes wrong is an event, or the run would hang."""
    event: Event
    match effect:
        case Start():
            event = _start(provider, effect)
        case RunExpress():
            event = _run_express(provider, effect)
        case Redrive():
            event = _redrive(provider, effect)
        case Survey():
            event = _survey(provider, effect)
        case Observe():
            event = _observe(provider, effect)
        case Stop():
            event = _stop(provider, effect)
        case Read():
            event = _read(provider, effect)
        case Recheck():
            event = _recheck(provider, effect)
        case _:
            assert_never(effect)
    return event


def _start(provider: Provider, effect: Start) -> Event:
    try:
        outcome = provider.start(effect.request)
    except Exception as error:
        return CallFailed(effect.job, effect.attempt, Operation.START, _as_fault(error))
    return StartAnswered(effect.job, effect.attempt, outcome)


def _run_express(provider: Provider, effect: RunExpress) -> Event:
    try:
        execution = provider.run_express(
            effect.request, idempotent=effect.idempotent, within=effect.within
        )
    except Exception as error:
        return CallFailed(effect.job, effect.attempt, Operation.EXPRESS, _as_fault(error))
    return ExpressEnded(effect.job, effect.attempt, execution)


def _redrive(provider: Provider, effect: Redrive) -> Event:
    try:
        provider.redrive(effect.execution_arn, token=effect.token)
    except Exception as error:
        return CallFailed(effect.job, effect.attempt, Operation.REDRIVE, _as_fault(error))
    return Redriven(effect.job, effect.attempt)


def _survey(provider: Provider, effect: Survey) -> Event:
    found: Mapping[str, Execution] = {}
    fault: ProviderError | None = None
    try:
        found = provider.survey(effect.machine, effect.wanted)
    except Exception as error:
        fault = _as_fault(error)
    return Surveyed(effect.platform, effect.machine, effect.wanted, found, fault)


def _observe(provider: Provider, effect: Observe) -> Event:
    result: Execution | ProviderError
    try:
        result = provider.observe(effect.execution_arn, whole=effect.whole)
    except Exception as error:
        result = _as_fault(error)
    return Observed(effect.platform, effect.execution_arn, result)


def _stop(provider: Provider, effect: Stop) -> Event:
    try:
        provider.stop(effect.execution_arn, error=effect.error, cause=effect.cause)
    except Exception as error:
        return CallFailed(effect.job, effect.attempt, Operation.STOP, _as_fault(error))
    return StopAnswered(effect.job, effect.attempt)


def _read(provider: Provider, effect: Read) -> Event:
    arn = effect.execution_arn
    try:
        found = provider.describe([arn])[arn]
    except Exception as error:
        found = _as_fault(error)
    if isinstance(found, ProviderError):
        return CallFailed(effect.job, effect.attempt, Operation.READ, found)
    return ReadBack(effect.job, effect.attempt, found)


def _recheck(provider: Provider, effect: Recheck) -> Event:
    try:
        wanted = effect.wanted
        history = provider.recall([wanted])[wanted.machine] if wanted else None
        found = provider.find_machines(effect.arns) if effect.arns else {}
    except Exception as error:
        return RecheckFailed(effect.platform, effect.machine, _as_fault(error))
    return Rechecked(effect.platform, effect.machine, history, found)


def _as_fault(error: Exception) -> ProviderError:
    """A fault of the program itself is one after which the call may have taken effect."""
    if isinstance(error, ProviderError):
        return error
    fault = Transient(f"internal error, {type(error).__name__}: {error}")
    fault.__cause__ = error
    return fault
