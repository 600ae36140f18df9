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
    RunExpress,
    Start,
    StartAnswered,
    Stop,
    StopAnswered,
)

if TYPE_CHECKING:
    from runner.provider import Provider
    from runner.schedule import Event


def perform(provider: Provider, effect: Start | RunExpress | Observe | Stop | Look) -> Event:
    """Make a call. Raises nothing: whatever goes wrong is an event, or the run would hang."""
    match effect:
        case Start():
            return _start(provider, effect)
        case RunExpress():
            return _run_express(provider, effect)
        case Observe():
            return _observe(provider, effect)
        case Stop():
            return _stop(provider, effect)
        case Look():
            return _look(provider, effect)
        case _:
            assert_never(effect)


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


def _as_fault(error: Exception) -> ProviderError:
    """A fault of the program itself is one after which the call may have taken effect."""
    if isinstance(error, ProviderError):
        return error
    fault = Transient(f"internal error, {type(error).__name__}: {error}")
    fault.__cause__ = error
    return fault
