"""A fast fake of Step Functions and STS on loopback, which real boto3 clients talk to."""

from tests.fake_aws.chaos import Chaos, Rates
from tests.fake_aws.clock import RealClock, SteppedClock
from tests.fake_aws.crowd import Crowd
from tests.fake_aws.fake import FakeAws
from tests.fake_aws.faults import (
    DROPPED,
    EXPIRED,
    LOST,
    NOT_AWS,
    SERVER_FAULT,
    THROTTLED,
    UNAVAILABLE,
    Fault,
    denied,
    slow,
)
from tests.fake_aws.operations import ApiError
from tests.fake_aws.quotas import published
from tests.fake_aws.world import RUNS_ON, SUCCEEDS, Machine, Outcome, Start, World, fails

__all__ = [
    "DROPPED",
    "EXPIRED",
    "LOST",
    "NOT_AWS",
    "RUNS_ON",
    "SERVER_FAULT",
    "SUCCEEDS",
    "THROTTLED",
    "UNAVAILABLE",
    "ApiError",
    "Chaos",
    "Crowd",
    "FakeAws",
    "Fault",
    "Machine",
    "Outcome",
    "Rates",
    "RealClock",
    "Start",
    "SteppedClock",
    "World",
    "denied",
    "fails",
    "published",
    "slow",
]
