from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.iam import trust
from runner.iam.trust import BadTrust
from tests.iam.checking import grammar_complaints

ACCOUNT = "123456789012"


def policy(end: str, repo: str = "acme/data-platform", ids: str | None = None, **more: str) -> Any:
    fields = {"partition": "aws", "account": ACCOUNT, **more}
    made: Any = trust.trust_policy(trust.read_repository(repo, ids), end, **fields)
    assert grammar_complaints(made) == []
    return made["Statement"][0]


def subjects(statement: Any) -> list[str]:
    [operator] = statement["Condition"]
    assert operator == "StringEquals"
    found: list[str] = statement["Condition"][operator]["token.actions.githubusercontent.com:sub"]
    return found


def test_a_role_for_an_environment_trusts_its_runs_alone() -> None:
    made = policy(trust.of_environment("production"))
    assert made == {
        "Effect": "Allow",
        "Principal": {
            "Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
        },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": [
                    "repo:acme/data-platform:environment:production"
                ],
            }
        },
    }


@pytest.mark.parametrize(
    ("end", "subject"),
    [
        (trust.OF_PULL_REQUESTS, "repo:acme/data-platform:pull_request"),
        (trust.of_branch("release/1.x"), "repo:acme/data-platform:ref:refs/heads/release/1.x"),
        (
            trust.of_environment("Production:V1"),
            "repo:acme/data-platform:environment:Production%3AV1",
        ),
        (trust.of_environment("mise à jour"), "repo:acme/data-platform:environment:mise à jour"),
    ],
)
def test_the_subject_is_the_one_that_github_writes(end: str, subject: str) -> None:
    assert subjects(policy(end)) == [subject]


def test_with_numbers_both_forms_of_the_subject_are_trusted() -> None:
    assert subjects(policy(trust.OF_PULL_REQUESTS, ids="1234567/89012345")) == [
        "repo:acme/data-platform:pull_request",
        "repo:acme@1234567/data-platform@89012345:pull_request",
    ]


@pytest.mark.parametrize(
    ("issuer", "provider"),
    [
        ("https://git.example.com/_services/token", "git.example.com/_services/token"),
        ("https://token.actions.acme.ghe.com", "token.actions.acme.ghe.com"),
        (f"{trust.GITHUB}/acme-corp", "token.actions.githubusercontent.com/acme-corp"),
    ],
)
def test_another_issuer_is_another_provider_with_keys_of_its_own(
    issuer: str, provider: str
) -> None:
    made = policy("pull_request", issuer=issuer, partition="aws-us-gov", audience="here")
    assert (
        made["Principal"]["Federated"] == f"arn:aws-us-gov:iam::{ACCOUNT}:oidc-provider/{provider}"
    )
    assert made["Condition"]["StringEquals"] == {
        f"{provider}:aud": "here",
        f"{provider}:sub": ["repo:acme/data-platform:pull_request"],
    }


@pytest.mark.parametrize(
    "repo",
    [
        "acme",
        "acme/",
        "/data",
        "acme/data/more",
        "acme/*",
        "*/data",
        "acme/da?a",
        "acme/..",
        "acme/data:environment",
        "acme/data\n",
        "acme/data ",
        "acme/data@7",
        "acme/${aws:username}",
        "-acme/data",
        "acmé/data",
        f"acme/{'x' * 101}",
        "https://github.com/acme/data",
    ],
)
def test_a_name_that_is_no_repository_is_refused(repo: str) -> None:
    with pytest.raises(BadTrust, match="is not ORG/REPO"):
        trust.read_repository(repo)


@pytest.mark.parametrize("ids", ["1", "1/", "0/1", "1/x", "1/*", "01/2", "1/2/3", " 1/2", "1/٣"])
def test_ids_that_are_no_numbers_are_refused(ids: str) -> None:
    with pytest.raises(BadTrust, match="is not ORG_ID/REPO_ID"):
        trust.read_repository("acme/data", ids)


@pytest.mark.parametrize(
    "name",
    ["", " ", "*", "prod*", "prod?", "${aws:userid}", " prod", "prod\n", "a\x1bb", "a\u202eb"],
)
def test_an_environment_that_no_policy_names_exactly_is_refused(name: str) -> None:
    with pytest.raises(BadTrust):
        trust.of_environment(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "*",
        "main*",
        "feature/?",
        "refs/heads/main",
        "a b",
        "a:b",
        "a..b",
        "/main",
        "main/",
        "a//b",
        "main.lock",
        "a/.b",
        "main.",
        "a@{b",
        "@",
        "${x}",
        "a\\b",
        "x" * 256,
    ],
)
def test_a_branch_that_git_does_not_know_is_refused(name: str) -> None:
    with pytest.raises(BadTrust):
        trust.of_branch(name)


@pytest.mark.parametrize(
    "issuer",
    [
        "http://token.actions.githubusercontent.com",
        "token.actions.githubusercontent.com",
        "https://token.actions.githubusercontent.com/",
        "https://user@git.example.com",
        "https://git.example.com:8443/_services/token",
        "https://git.example.com/a?b=c",
        "https://*.example.com",
        "https://git.example.com/../x",
        "https://localhost",
    ],
)
def test_an_issuer_that_is_no_address_of_a_provider_is_refused(issuer: str) -> None:
    with pytest.raises(BadTrust, match="is not an issuer"):
        policy("pull_request", issuer=issuer)


TEXTS = st.text("aZ7-_.*?$:{}@/% \n", max_size=6) | st.text(max_size=6)


@given(TEXTS, TEXTS, TEXTS)
def test_no_input_makes_a_subject_that_trusts_more_than_one(
    owner: str, name: str, environment: str
) -> None:
    try:
        repository = trust.read_repository(f"{owner}/{name}")
        end = trust.of_environment(environment)
    except BadTrust:
        return
    [begin] = repository.subjects
    assert not set("*?$") & set(begin)
    assert "${" not in end
    assert not set("*?") & set(end)
    assert begin.count(":") == end.count(":") == 1
