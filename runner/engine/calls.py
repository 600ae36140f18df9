"""One effect made into one call of the provider, and its answer into one event."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from runner.errors import ProviderError, Transient
from runner.schedule import (
    CallFailed,
    ExpressEnded,
    Look,
    Looked,
    Observe,
    Observed,
    Operation,
    Read,
    ReadBack,
    Recheck,
    Rechecked,
    RecheckFailed,
    RunExpress,
    Start,
    StartAnswered,
    Stop,
    StopAnswered,
)

if TYPE_CHECKING:
    from runner.provider import Provider
    from runner.schedule import Event, ProviderCall


def perform(provider: Provider, effect: ProviderCall) -> Event:
    """Make a call. Raises nothing: whatever goes wrong is an event, or the run would hang."""
    event: Event
    match effect:
        case Start():
            event = _start(provider, effect)
        case RunExpress():
            event = _run_express(provider, effect)
        case Observe():
            event = _observe(provider, effect)
        case Stop():
            event = _stop(provider, effect)
        case Look():
            event = _look(provider, effect)
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


def _observe(provider: Provider, effect: Observe) -> Event:
    asked = tuple(watched.arn for watched in effect.watched)
    try:
        return Observed(effect.platform, asked, provider.observe(effect.watched))
    except Exception as error:
        return Observed(effect.platform, asked, dict.fromkeys(asked, _as_fault(error)))


def _stop(provider: Provider, effect: Stop) -> Event:
    try:
        provider.stop(effect.execution_arn, error=effect.error, cause=effect.cause)
    except Exception as error:
        return CallFailed(effect.job, effect.attempt, Operation.STOP, _as_fault(error))
    return StopAnswered(effect.job, effect.attempt)


def _look(provider: Provider, effect: Look) -> Event:
    try:
        execution = provider.look(effect.execution_arn)
    except Exception as error:
        return CallFailed(effect.job, effect.attempt, Operation.LOOK, _as_fault(error))
    return Looked(effect.job, effect.attempt, execution)


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
