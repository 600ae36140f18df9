"""A platform's auth: what a spec says, what is refused with the way out, and its way as data."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from runner import documents, model, schema
from runner.model import (
    AssumeRoleAuth,
    AwsPlatform,
    DefaultAuth,
    NoAuth,
    ProfileAuth,
    WebIdentityAuth,
    auth_from_json,
    auth_to_json,
)
from runner.model.auth_json import FORMS

if TYPE_CHECKING:
    from runner.model import Auth

ROLE = "arn:aws:iam::123456789012:role/stepfleet"
HUB = "arn:aws:iam::999999999999:role/teams/hub"
PROJECT = "apiVersion: stepfleet/v1\nkind: Project\nmetadata: {name: shop}\nspec: {}\n"


def document(auth: str, **more: str) -> str:
    fields = {"type": "aws-step-functions", "region": "us-east-1", **more}
    rest = ", ".join(f"{name}: {json.dumps(value)}" for name, value in fields.items())
    return (
        "apiVersion: stepfleet/v1\nkind: Platform\nmetadata: {name: aws}\n"
        f"spec: {{{rest}, auth: {auth}}}\n"
    )


def complaints(auth: str, **more: str) -> list[str]:
    """All complaints about a platform with this auth, with their ways out."""
    parsed = documents.parse(f"{document(auth, **more)}---\n{PROJECT}".encode(), "f")
    assert parsed.diagnostics == ()
    found = [each for one in parsed.documents for each in schema.check(one)]
    found += model.build(parsed.documents, read_file=lambda _: b"")[1]
    return [f"{each.message} | {each.help}" for each in found]


def made(auth: str, **more: str) -> Auth:
    parsed = documents.parse(f"{document(auth, **more)}---\n{PROJECT}".encode(), "f")
    assert [each for one in parsed.documents for each in schema.check(one)] == []
    spec, problems = model.build(parsed.documents, read_file=lambda _: b"")
    assert problems == ()
    assert spec is not None
    platform = spec.platforms["aws"]
    assert isinstance(platform, AwsPlatform)
    return platform.auth


def test_each_method_has_its_fields() -> None:
    assert made("{method: default}") == DefaultAuth()
    assert made("{method: profile, profile: data prod}") == ProfileAuth("data prod")
    assert made(f"{{method: web-identity, roleArn: {ROLE}}}") == WebIdentityAuth(ROLE)
    whole = (
        f"{{method: web-identity, roleArn: {ROLE}, sessionName: orders@shop, duration: 1h30m, "
        "tokenFile: /var/run/secrets/token, audience: 'api://x'}"
    )
    assert made(whole) == WebIdentityAuth(
        ROLE, "orders@shop", 5400, "/var/run/secrets/token", "api://x"
    )


def test_a_role_is_assumed_with_the_credentials_of_another_auth() -> None:
    text = (
        f"{{method: assume-role, roleArn: {ROLE}, externalId: 'shop:7', duration: 15m, "
        f"source: {{method: assume-role, roleArn: {HUB}, duration: 12h, "
        "source: {method: profile, profile: p}}}"
    )
    hub = AssumeRoleAuth(HUB, duration=43200, source=ProfileAuth("p"))
    assert made(text) == AssumeRoleAuth(ROLE, "shop:7", None, 900, hub)
    assert made(f"{{method: assume-role, roleArn: {ROLE}}}") == AssumeRoleAuth(ROLE)


@pytest.mark.parametrize(
    ("auth", "told"),
    [
        ("{}", "auth.method is missing"),
        ("{method: keys}", "'keys' is not one of default, profile, assume-role, web-identity"),
        ("{method: assume_role, roleArn: x}", "did you mean assume-role?"),
        ("{method: profile}", "auth.profile is missing"),
        ("{method: default, profile: p}", "auth: unknown field 'profile'"),
        ("{method: assume-role}", "auth.roleArn is missing"),
        ("{method: web-identity, roleArn: deploy}", "'deploy' is not the ARN of a role"),
        (f"{{method: assume-role, roleArn: {ROLE}, tokenFile: /t}}", "unknown field 'tokenFile'"),
        (f"{{method: web-identity, roleArn: {ROLE}, externalId: x}}", "unknown field 'externalId'"),
        (f"{{method: assume-role, roleArn: {ROLE}, sessionName: x}}", "is not a session name"),
        (f"{{method: assume-role, roleArn: {ROLE}, sessionName: éé}}", "is not a session name"),
        (
            f'{{method: assume-role, roleArn: {ROLE}, sessionName: "ab\\n"}}',
            "is not a session name",
        ),
        (f"{{method: assume-role, roleArn: {ROLE}, externalId: x}}", "is not an external id"),
        (f"{{method: assume-role, roleArn: {ROLE}, duration: 3600}}", "is not a duration"),
        (f"{{method: assume-role, roleArn: {ROLE}, duration: 14m59s}}", "from 15 minutes to 12"),
        (f"{{method: web-identity, roleArn: {ROLE}, duration: 12h1s}}", "write 15m to 12h"),
        (
            f"{{method: assume-role, roleArn: {ROLE}, source: {{method: profile}}}}",
            "auth.source.profile is missing",
        ),
    ],
)
def test_what_an_auth_must_not_be_is_told(auth: str, told: str) -> None:
    (complaint,) = complaints(auth)
    assert told in complaint


@pytest.mark.parametrize("source", ["assume-role", "web-identity"])
def test_a_role_taken_with_a_role_holds_an_hour_at_most(source: str) -> None:
    text = (
        f"{{method: assume-role, roleArn: {ROLE}, duration: %s, "
        f"source: {{method: {source}, roleArn: {HUB}, duration: 12h}}}}"
    )
    assert complaints(text % "1h") == []
    (complaint,) = complaints(text % "61m")
    assert complaint.startswith("auth.duration: a role that is taken with another role's")


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ],
)
def test_a_role_is_of_the_partition_of_the_region(region: str, partition: str) -> None:
    role = f"arn:{partition}:iam::123456789012:role/r"
    for method in ("assume-role", "web-identity"):
        assert complaints(f"{{method: {method}, roleArn: {role}}}", region=region) == []
        other = role.replace(partition, "aws-iso")
        (complaint,) = complaints(f"{{method: {method}, roleArn: {other}}}", region=region)
        assert f"the platform's region is in {partition} |" in complaint
    below = f"{{method: assume-role, roleArn: {role}, source: {{method: web-identity, roleArn: "
    other = role.replace(partition, "aws-iso")
    (complaint,) = complaints(f"{below}{other}}}}}", region=region)
    assert complaint.startswith("auth.source.roleArn: the role is of the partition 'aws-iso'")


@pytest.mark.parametrize("region", ["us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1"])
def test_of_a_partition_of_which_nothing_is_known_nothing_is_claimed(region: str) -> None:
    for partition in ("aws-iso", "aws-iso-b", "aws"):
        role = f"arn:{partition}:iam::123456789012:role/r"
        assert complaints(f"{{method: assume-role, roleArn: {role}}}", region=region) == []


def test_the_role_is_of_the_account_that_the_platform_is_for() -> None:
    (complaint,) = complaints(
        f"{{method: web-identity, roleArn: {ROLE}}}", accountId="999999999999"
    )
    assert "the role is of account 123456789012, and the platform is for 999999999999" in complaint
    chained = (
        f"{{method: assume-role, roleArn: {ROLE}, source: {{method: assume-role, roleArn: {HUB}}}}}"
    )
    assert complaints(chained, accountId="123456789012") == []
    elsewhere = {"accountId": "000000000000", "endpointUrl": "http://127.0.0.1:4566"}
    assert complaints(chained, **elsewhere) == []


@pytest.mark.parametrize("depth", [5, 6, 60, 190])
def test_so_many_sources_may_stand_within_each_other(depth: int) -> None:
    one = f"{{method: assume-role, roleArn: '{ROLE}', source: "
    found = complaints(one * depth + "{method: default}" + "}" * depth)
    assert [("more than 5 sources" in each) for each in found] == [True] * (depth > 5)


WHOLE = AssumeRoleAuth(
    ROLE,
    "shop",
    "orders",
    900,
    AssumeRoleAuth(HUB, source=WebIdentityAuth(HUB, "ab", 43200, "/t", "aud")),
)


@pytest.mark.parametrize("auth", [DefaultAuth(), ProfileAuth("p"), WHOLE, WHOLE.source])
def test_an_auth_is_the_same_after_its_way_through_json(auth: Auth) -> None:
    assert auth_from_json(auth_to_json(auth)) == auth


def changed(**fields: Any) -> dict[str, Any]:
    return {**auth_to_json(dataclasses.replace(WHOLE, source=DefaultAuth())), **fields}


@pytest.mark.parametrize(
    "data",
    [
        None,
        "default",
        {},
        {"method": "keys"},
        {"method": ["profile"]},
        {"method": "profile"},
        {"method": "profile", "profile": "[a]"},
        {"method": "profile", "profile": "a\n"},
        {"method": "default", "accessKeyId": "x"},
        changed(roleArn="arn:aws:iam::1:role/x"),
        changed(roleArn=None),
        changed(sessionName="a b"),
        changed(externalId=7),
        changed(duration=899),
        changed(duration=True),
        changed(duration="1h"),
        changed(duration=3601, source={"method": "web-identity", "roleArn": ROLE}),
        changed(source=None),
        changed(source={"method": "keys"}),
        changed(tokenFile="/t"),
    ],
)
def test_other_data_is_no_auth(data: Any) -> None:
    with pytest.raises(NoAuth, match=r"^auth"):
        auth_from_json(data)


def test_data_with_too_many_sources_is_no_auth() -> None:
    data = changed(source={"method": "default"})
    for _ in range(5):
        data = changed(source=data)
    with pytest.raises(NoAuth, match="more than 5 sources"):
        auth_from_json(data)
    assert auth_to_json(auth_from_json(data["source"])) == data["source"]


def test_the_schema_and_data_have_one_form_for_each_text() -> None:
    definitions = schema.load("stepfleet.schema.json")["$defs"]
    fields = {
        name: field
        for kind in ("ProfileAuth", "AssumeRoleAuth", "WebIdentityAuth")
        for name, field in definitions[kind]["properties"].items()
    }
    for name, form in FORMS.items():
        field = fields[name]
        if "$ref" in field:
            field = definitions[field["$ref"].removeprefix("#/$defs/")]
        assert field["pattern"] == f"^{form}$"
