"""Whether a policy is one that IAM takes, by a checker that others keep and by IAM's grammar."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

with warnings.catch_warnings():
    # It leaves its own data files open.
    warnings.simplefilter("ignore")
    import parliament

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runner.values import Json

_ELSEWHERE = {
    ("states:ListExecutions", "arn:*:states:*:*:mapRun:*/*:*"),
    ("states:DescribeExecution", "arn:*:states:*:*:express:*:*:*"),
}
"""Second resource types of actions. The checker wants all types of an action in one statement;
a call has one of them, and these are of Map Runs and of their children."""

_OF_RESOURCE = {("kms:Decrypt", "kms:ResourceAliases")}
"""Condition keys that the checker's data lists with the resource type and not with the action."""

_TEXTS = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1}
_OPERANDS = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"anyOf": [{"type": "string", "minLength": 1}, _TEXTS]},
}
_GRAMMAR = Draft202012Validator(
    {
        "type": "object",
        "required": ["Version", "Statement"],
        "additionalProperties": False,
        "properties": {
            "Version": {"const": "2012-10-17"},
            "Statement": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["Effect", "Action"],
                    "additionalProperties": False,
                    "properties": {
                        "Sid": {"type": "string", "pattern": "^[A-Za-z0-9]{1,128}$"},
                        "Effect": {"const": "Allow"},
                        "Principal": {
                            "type": "object",
                            "required": ["Federated"],
                            "properties": {"Federated": {"type": "string"}},
                            "additionalProperties": False,
                        },
                        "Action": {"anyOf": [{"type": "string"}, _TEXTS]},
                        "Resource": _TEXTS,
                        "Condition": {
                            "type": "object",
                            "minProperties": 1,
                            "propertyNames": {
                                "enum": ["StringEquals", "ForAnyValue:StringEquals", "Null"]
                            },
                            "additionalProperties": _OPERANDS,
                        },
                    },
                },
            },
        },
    }
)
"""Of IAM's grammar what is used here: nothing is denied, and no action or resource is negated.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""


def complaints(policy: Json) -> list[str]:
    """What is wrong with an identity policy; nothing where IAM takes it."""
    wrong = grammar_complaints(policy)
    findings = parliament.analyze_policy_string(json.dumps(policy)).findings
    return wrong + [text for finding in findings for text in _told(finding)]


def grammar_complaints(policy: Any) -> list[str]:
    """What of any policy is not as the grammar has it."""
    wrong = [error.message for error in _GRAMMAR.iter_errors(policy)]
    sids = [each["Sid"] for each in policy["Statement"] if "Sid" in each]
    return wrong + [f"{sid} twice" for sid in set(sids) if sids.count(sid) > 1]


def _told(finding: Any) -> Iterator[str]:
    if finding.issue == "RESOURCE_MISMATCH":
        for each in finding.detail:
            if (each["action"], each["required_format"]) not in _ELSEWHERE:
                yield f"RESOURCE_MISMATCH {each}"
    elif not any(
        finding.detail == f"Unknown condition {key} for action {action}"
        for action, key in _OF_RESOURCE
    ):
        yield f"{finding.issue} {finding.detail}"


def reference(service: str) -> Any:
    """The service authorization reference's data of a service."""
    return next(each for each in parliament.iam_definition if each["prefix"] == service)
