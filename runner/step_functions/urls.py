"""Pages of the AWS console that show an execution."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from runner.arns import BadArn, ExecutionArn, parse_execution

if TYPE_CHECKING:
    from datetime import datetime

    from runner.provider import Execution

_HOSTS = {
    "aws": "{region}.console.aws.amazon.com",
    "aws-cn": "{region}.console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def console_url(execution: Execution) -> str | None:
    """The console's page of an execution; None in a partition whose console is not known."""
    try:
        arn = parse_execution(execution.arn)
    except BadArn:
        return None
    host = _HOSTS.get(arn.partition)
    if host is None:
        return None
    home = f"https://{host.format(region=arn.region)}/states/home?region={arn.region}"
    return f"{home}#/{_page(arn, execution)}"


def _page(arn: ExecutionArn, execution: Execution) -> str:
    # Names may hold any letter; a fragment may not.
    text = quote(execution.arn, safe=":/-_.")
    if not arn.express:
        return f"v2/executions/details/{text}"
    started = f"?startDate={_epoch_ms(execution.started_at)}" if execution.started_at else ""
    return f"express-executions/details/{text}{started}"


def _epoch_ms(time: datetime) -> int:
    return round(time.timestamp() * 1000)
