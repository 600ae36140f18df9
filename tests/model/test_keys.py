"""What looks like a credential is refused in every document, and what does not is let be."""

from __future__ import annotations

import pytest

from runner import documents, model, schema

TOKEN = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQDx" + "A1b2" * 20
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HEAD = "apiVersion: stepfleet/v1\nkind: Project\nmetadata: {name: shop}\nspec: {}\n---\n"


MACHINE = """\
apiVersion: stepfleet/v1
kind: StateMachine
metadata: {name: m}
spec: {definition: {StartAt: A, States: {A: {Type: Pass, Result: AKIAIOSFODNN7EXAMPLE}}}}
"""


def found(text: str) -> list[str]:
    """The complaints about credentials in a document and a project beside it."""
    parsed = documents.parse(f"{HEAD}{text}".encode(), "f")
    assert parsed.diagnostics == ()
    _, problems = model.build(parsed.documents, read_file=lambda _: b"{}")
    return [each.message for each in problems if each.code == "credentials-in-spec"]


def job(parameters: str, description: str = "x") -> str:
    return (
        f"apiVersion: stepfleet/v1\nkind: Job\nmetadata: {{name: a, description: '{description}'}}"
        f"\nspec: {{stateMachine: m, parameters: {{{parameters}}}}}\n"
    )


def platform(spec: str) -> str:
    return f"apiVersion: stepfleet/v1\nkind: Platform\nmetadata: {{name: a}}\nspec: {{{spec}}}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (job("key: AKIAIOSFODNN7EXAMPLE"), "parameters.key: it looks like an AWS access key"),
        (job("a: {value: {b: [x, 'id=ASIAIOSFODNN7EXAMPLE;']}}"), "parameters.a.value.b[1]: it"),
        (job("key: ASIA0123456789012345"), "parameters.key: it looks like an AWS access key"),
        (job(f"a: 'x SecretAccessKey = {SECRET}'"), "parameters.a: it looks like an AWS secret"),
        (
            job(f"a: {{value: [{{name: AWS_SECRET_ACCESS_KEY, value: {SECRET}}}]}}"),
            "parameters.a.value[0].value: it looks like an AWS secret",
        ),
        (job("a: x", "with AKIAIOSFODNN7EXAMPLE"), "metadata.description: it looks like an AWS"),
        (job(f"a: '{TOKEN}'"), "parameters.a: it looks like an AWS session token"),
        (job("a: '-----BEGIN RSA PRIVATE KEY-----'"), "it looks like a private key"),
        (job(f"secretAccessKey: {SECRET}"), "it looks like an AWS secret access key"),
        (job(f"aws_secret: {{value: {SECRET}}}"), "aws_secret.value: it looks like an AWS secret"),
        (job("a: {value: {AKIAIOSFODNN7EXAMPLE: 1}}"), "a key of parameters.a.value: it looks"),
        (platform(f"type: local, region: {SECRET}"), "region: it looks like an AWS secret"),
        (platform("type: local, auth: AKIAIOSFODNN7EXAMPLE"), "auth: it looks like an AWS access"),
        (
            platform("type: local, x: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvIn0.c2ln"),
            "x: it looks like an identity token",
        ),
        (
            MACHINE,
            "definition.States.A.Result: it looks like an AWS access key",
        ),
        ("apiVersion: stepfleet/v1\nkind: Jobb\nspec: ASIAIOSFODNN7EXAMPLE\n", "spec: it looks"),
        (platform(f"auth: {{method: profile, profile: {SECRET}}}"), "auth.profile: it looks like"),
        (platform(f"auth: {{roleArn: {SECRET}}}"), "auth.roleArn: it looks like an AWS secret"),
        (job("a: x") + "# once AKIAIOSFODNN7EXAMPLE\n", "a comment: it looks like an AWS access"),
        (job('a: "\\x41KIAIOSFODNN7EXAMPLE"'), "parameters.a: it looks like an AWS access key"),
        (job("secrets: {id: ASIAPACIFICSOUTHEAST}"), "secrets.id: it looks like an AWS access key"),
    ],
)
def test_what_looks_like_a_credential_is_refused_and_not_repeated(text: str, told: str) -> None:
    (complaint,) = found(text)
    assert told in complaint
    for secret in ("IOSFODNN7", TOKEN, SECRET, "c2ln"):
        assert secret not in complaint


@pytest.mark.parametrize(
    "text",
    [
        job(f"checksum: {SECRET}, path: s3://bucket/Ab1{'x' * 37}"),
        job("a: da39a3ee5e6b4b0d3255bfef95601890afd80709, password: '${{ env.TOKEN }}'"),
        job("a: THEAKIAIOSFODNN7EXAMPLEOFALL, b: akiaiosfodnn7example"),
        job("a: AROAIOSFODNN7EXAMPLE, b: AIDAIOSFODNN7EXAMPLE"),
        job("secret_name: prod/orders/database, token: abc"),
        job("region: ASIAPACIFICSOUTHEAST"),
        job("secretTable: Warehouse/Raw2026/Customers/Orders/Final"),
        platform(
            "type: aws-step-functions, region: us-east-1, auth: {method: assume-role, "
            f"roleArn: 'arn:aws:iam::123456789012:role/Deploy1/{'Ab' * 13}', "
            f"externalId: {'A1b2' * 10}}}"
        ),
        platform(
            "type: aws-step-functions, region: us-east-1, "
            f"allow: ['arn:aws:states:us-east-1:123456789012:stateMachine:{'A1b2' * 10}']"
        ),
        platform(
            "type: aws-step-functions, region: us-east-1, auth: {method: web-identity, "
            "roleArn: 'arn:aws:iam::123456789012:role/r', "
            f"tokenFile: /home/Runner1/{'a' * 26}}}"
        ),
    ],
)
def test_what_only_is_long_or_has_a_name_is_let_be(text: str) -> None:
    assert found(text) == []


IN_FILE = """\
apiVersion: stepfleet/v1
kind: StateMachine
metadata: {name: m}
spec: {definition: %s, mocks: {Nowhere: {result: 1}}}
"""
PASS = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true,\n  %s}}}'


def found_in_file(name: str, text: str) -> list[tuple[str, str]]:
    """The place and message of each complaint about a definition that stands in a file."""
    parsed = documents.parse(f"{HEAD}{IN_FILE % name}".encode(), "specs/m.yaml")
    _, problems = model.build(parsed.documents, read_file=lambda _: text.encode())
    return [(str(each.place), each.message) for each in problems]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "m.asl.json",
            PASS % '"Result": {"x": ["AKIAIOSFODNN7EXAMPLE"]}',
            ("specs/m.asl.json:2:20", "States.A.Result.x[0]: it looks like an AWS access key"),
        ),
        (
            "m.asl.json",
            PASS % '"Result": "\\u0041KIAIOSFODNN7EXAMPLE"',
            ("specs/m.asl.json:2:13", "States.A.Result: it looks like an AWS access key"),
        ),
        (
            "m.asl.json",
            PASS % '"Result": {"AKIAIOSFODNN7EXAMPLE": {}}',
            ("specs/m.asl.json:2:14", "a key of States.A.Result: it looks like an AWS access key"),
        ),
        (
            "m.asl.json",
            PASS % f'"Parameters": {{"password": "{SECRET}"}}',
            (
                "specs/m.asl.json:2:30",
                "States.A.Parameters.password: it looks like an AWS secret access key",
            ),
        ),
        (
            "m.asl.json",
            PASS % f'"Comment": "{{\\"SecretAccessKey\\": \\"{SECRET}\\"}}"',
            ("specs/m.asl.json:2:14", "States.A.Comment: it looks like an AWS secret access key"),
        ),
        (
            "m.asl.json",
            '{"StartAt": "AKIAIOSFODNN7EXAMPLE", "States": {}}',
            ("specs/m.asl.json:1:13", "StartAt: it looks like an AWS access key"),
        ),
        (
            "m.yaml",
            "StartAt: A\nStates:\n  A: {Type: Pass, End: true}  # ASIAIOSFODNN7EXAMPLE\n",
            ("specs/m.yaml:3:31", "a comment: it looks like an AWS access key"),
        ),
        (
            "m.yaml",
            "StartAt: A\nStates:\n  A: {Type: Pass, End: true, Result: ASIAIOSFODNN7EXAMPLE}\n",
            ("specs/m.yaml:3:38", "States.A.Result: it looks like an AWS access key"),
        ),
    ],
)
def test_a_key_in_the_file_of_a_definition_is_all_that_is_told_of_it(
    name: str, text: str, told: tuple[str, str]
) -> None:
    [(place, message)] = found_in_file(name, text)
    assert (place, message.partition(", which")[0]) == told


def test_a_key_in_a_comment_and_beside_it_is_told_once() -> None:
    (complaint,) = found(job("a: AKIAIOSFODNN7EXAMPLE") + "# AKIAIOSFODNN7EXAMPLE again\n")
    assert complaint.startswith("parameters.a: ")
    (complaint,) = found(job("a: 'x # AKIAIOSFODNN7EXAMPLE'"))
    assert complaint.startswith("parameters.a: ")


@pytest.mark.parametrize("secret", [SECRET, "AKIAIOSFODNN7EXAMPLE", TOKEN])
@pytest.mark.parametrize(
    "spec",
    [
        "type: aws-step-functions, region: '%s'",
        "type: aws-step-functions, region: us-east-1, auth: {method: '%s'}",
        "type: aws-step-functions, region: us-east-1, auth: {method: assume-role, roleArn: '%s'}",
        "type: aws-step-functions, region: us-east-1, allow: ['%s']",
    ],
)
def test_no_other_complaint_repeats_what_is_refused(spec: str, secret: str) -> None:
    assert_is_told_nowhere(platform(spec % secret), secret)


@pytest.mark.parametrize(
    "text",
    [
        job("a: x").replace("name: a,", "name: %s,"),
        job("a: x").replace("kind: Job", "kind: %s"),
        job("a: x").replace("stateMachine: m,", "stateMachine: m, if: '${{ %s }}',"),
        job("a: x").replace("stateMachine: m,", "stateMachine: m, %s: 1,"),
        job("a: {type: %s}"),
        platform("type: local").replace("name: a", "name: %s"),
    ],
)
def test_no_other_complaint_repeats_an_access_key(text: str) -> None:
    assert_is_told_nowhere(text % "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE")


def assert_is_told_nowhere(text: str, secret: str) -> None:
    """What reading the text complains about, this among it, has no part of the secret."""
    parsed = documents.parse(f"{HEAD}{text}".encode(), "f")
    told = [each for document in parsed.documents for each in schema.check(document)]
    _, problems = model.build(parsed.documents, read_file=lambda _: b"{}")
    whole = [*parsed.diagnostics, *told, *problems]
    concealed = model.conceal(whole, parsed.documents)
    assert len(concealed) == len(whole)
    assert any(each.code == "credentials-in-spec" for each in concealed)
    assert secret[:14] not in repr(concealed)
