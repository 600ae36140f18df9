"""Platform documents: where jobs run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runner.arns import PARTITIONS
from runner.errors import Diagnostic
from runner.model import auth
from runner.model.scope import early
from runner.model.types import AwsPlatform, Limits, LocalPlatform
from runner.parameters import shown
from runner.quotas import Rate

if TYPE_CHECKING:
    from runner.expressions import Template
    from runner.model.fields import Fields
    from runner.model.headings import Heading
    from runner.model.scope import Problems, Scope
    from runner.model.types import Platform

MAX_TRACE_HEADER = 256
"""Characters of a trace header, all of printable ASCII (Step Functions API reference)."""

_ADDRESS = re.compile(r"https?://\S+")
_PRINTABLE = re.compile(r"[ -~]*")
_PATTERN_PARTS = 7
_TYPES = ("aws-step-functions", "local")


def build(heading: Heading, scope: Scope, problems: Problems) -> Platform | None:
    """Make a platform; None where the schema has said that it is of no known type."""
    spec = heading.spec
    trace_header = trace_header_of(spec, scope, problems)
    kind = spec.text("type")
    if kind == "local":
        return LocalPlatform(
            name=heading.name,
            place=heading.start,
            region=spec.text("region") or "us-east-1",
            account_id=spec.text("accountId") or "123456789012",
            time_scale=spec.number("timeScale", 1.0),
            trace_header=trace_header,
            description=heading.description,
        )
    region = spec.text("region")
    if kind not in _TYPES or region is None:
        return None
    _check_endpoint(spec, problems)
    _check_allow(spec, problems)
    account = spec.text("accountId")
    is_aws = spec.get("endpointUrl") is None
    return AwsPlatform(
        name=heading.name,
        region=region,
        place=heading.start,
        account_id=account,
        endpoint_url=spec.text("endpointUrl"),
        trace_header=trace_header,
        allow=spec.texts("allow"),
        limits=_limits(spec.below("limits")),
        auth=auth.build(
            spec.below("auth"),
            region=region,
            account=account if is_aws else None,
            problems=problems,
        ),
        description=heading.description,
    )


def _limits(spec: Fields) -> Limits:
    default = Limits()
    return Limits(
        share=spec.number("share", default.share),
        lookback=spec.whole("lookback", default.lookback),
        quotas=_quotas(spec.below("quotas")),
    )


def _quotas(spec: Fields) -> dict[str, Rate]:
    rates = {
        operation: Rate(quota.number("bucketSize", 0.0), quota.number("refillPerSecond", 0.0))
        for operation in spec
        for quota in (spec.below(operation),)
    }
    # Of what is no quota the schema has spoken.
    return {name: rate for name, rate in rates.items() if rate.bucket > 0 and rate.per_second > 0}


def trace_header_of(spec: Fields, scope: Scope, problems: Problems) -> Template | None:
    """The `traceHeader` of a job or a platform, checked as far as it is literal."""
    node = spec.get("traceHeader")
    template = early(node, "traceHeader", scope, problems)
    if node is not None and template is not None and template.is_literal:
        fault = trace_header_fault(str(template.value))
        if fault:
            problems.append(
                Diagnostic(
                    node.place,
                    f"traceHeader: {fault}",
                    "trace-header",
                    "write it like Root=1-5759e988-bd862e3fe1be46a994272793",
                )
            )
    return template


def trace_header_fault(text: str) -> str | None:
    """Why Step Functions would not take a trace header; None when it would."""
    if not _PRINTABLE.fullmatch(text):
        return "it holds characters that are not printable ASCII"
    if not 1 <= len(text) <= MAX_TRACE_HEADER:
        return f"it has {len(text):,} characters; 1 to {MAX_TRACE_HEADER} are allowed"
    return None


def _check_endpoint(spec: Fields, problems: Problems) -> None:
    url = spec.text("endpointUrl")
    # Of what is no address at all the schema has spoken.
    fault = _endpoint_fault(url) if url is not None and _ADDRESS.fullmatch(url) else None
    if fault is not None:
        problems.append(
            Diagnostic(
                spec.place_of_value("endpointUrl"),
                f"endpointUrl: {fault}",
                "endpoint-url",
                "write it like https://states.example.com or http://localhost:8083",
            )
        )


def _endpoint_fault(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "it is no address"
    if parts.username is not None or parts.password is not None:
        return "it holds credentials; they come from where stepfleet runs"
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return "it is no http or https address"
    if parts.query or parts.fragment or not _PRINTABLE.fullmatch(url) or " " in url:
        return "it holds more than scheme, host, port and path"
    return None


def _check_allow(spec: Fields, problems: Problems) -> None:
    for index, node, pattern in spec.scalars("allow"):
        if pattern.startswith(("arn:", "*")) and not _can_match(pattern):
            problems.append(
                Diagnostic(
                    node.place,
                    f"allow[{index}]: {shown(pattern)} matches the ARN of no state machine",
                    "allow-pattern",
                    "write it like arn:aws:states:us-east-1:123456789012:stateMachine:orders-*",
                )
            )


def _can_match(pattern: str) -> bool:
    """Tell whether a pattern may match the ARN of a state machine, as far as `*` lets see."""
    fixed = ("arn", None, "states", None, None, "stateMachine")
    parts = pattern.split(":", _PATTERN_PARTS - 1)
    if parts[1:2] and not _is_wild(parts[1]) and parts[1] not in PARTITIONS:
        return "*" in parts[0]
    for index, part in enumerate(parts):
        if "*" in part:
            return True
        wanted = fixed[index] if index < len(fixed) else None
        if wanted is not None and part != wanted and "?" not in part:
            return False
    return len(parts) == _PATTERN_PARTS


def _is_wild(part: str) -> bool:
    return "*" in part or "?" in part
