"""Platforms, environment names and secrecy as the base branch has them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runner.expressions import EnvironmentReference, Expression
from runner.model import AwsPlatform

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from runner.model import Job, Platform, Project, Spec


@dataclass(frozen=True, slots=True)
class Trusted:
    """A pull request's specs with the base branch's trust settings.

    `unknown` names the AWS platforms that the base branch does not have: nothing says that
    they may be called. `late_environment` are the environment variables that jobs read and
    the base branch does not let them read: they count as set, and are not to be read.
    `kept_sensitive` are the variables that the base branch calls sensitive and the pull
    request does not, which they stay until the merge. `new_variables` are those that the base
    branch does not declare: nobody has said that a value which is given to them may be shown.
    All are sorted.
    """

    spec: Spec
    unknown: tuple[str, ...] = ()
    late_environment: tuple[str, ...] = ()
    kept_sensitive: tuple[str, ...] = ()
    new_variables: tuple[str, ...] = ()

    @property
    def guarded(self) -> Spec:
        """The specs with the new variables sensitive too, so that no complaint quotes them."""
        project = with_secrets(self.spec.project, frozenset(self.new_variables))
        return replace(self.spec, project=project)

    def withheld(self, given: Collection[str]) -> frozenset[str]:
        """The variables on whose values nothing that is shown may depend, of those `given`."""
        return sensitive_variables(self.spec) | self.hidden(given)

    def hidden(self, given: Collection[str]) -> frozenset[str]:
        """The new variables whose values do not stand in the specs, as they were `given`."""
        return frozenset(self.new_variables).intersection(given)


def trusted(head: Spec, base: Spec | None) -> Trusted:
    """The specs of a pull request, as far as they may have a say before the merge.

    Of the base branch are the region, the account, the auth, the endpoint and `allow` of each
    AWS platform, the names that `env` may read, and which variables are sensitive; all else is the
    pull request's.
    Without a base no AWS platform is known and nothing is read.
    """
    readable = base.project.environment if base else ()
    secret = sensitive_variables(base)
    project = with_secrets(replace(head.project, environment=readable), secret)
    kept = {each.name for each in head.project.variables if not each.sensitive}
    old = {each.name for each in base.project.variables} if base else set()
    platforms = {
        name: _platform(each, base.platforms.get(name) if base else None)
        for name, each in head.platforms.items()
    }
    read = {name for job in head.jobs.values() for name in _read_by(job)}
    return Trusted(
        replace(
            head,
            project=project,
            platforms={name: each or head.platforms[name] for name, each in platforms.items()},
        ),
        unknown=tuple(sorted(name for name, each in platforms.items() if each is None)),
        late_environment=tuple(sorted(read.difference(readable))),
        kept_sensitive=tuple(sorted(kept & secret)),
        new_variables=tuple(
            sorted(each.name for each in head.project.variables if each.name not in old)
        ),
    )


def sensitive_variables(spec: Spec | None) -> frozenset[str]:
    """The variables that a project calls sensitive."""
    return (
        frozenset(each.name for each in spec.project.variables if each.sensitive)
        if spec
        else frozenset()
    )


def with_secrets(project: Project, secret: frozenset[str]) -> Project:
    """The project with these variables sensitive, besides its own."""
    return replace(
        project,
        variables=tuple(
            replace(each, sensitive=each.sensitive or each.name in secret)
            for each in project.variables
        ),
    )


def _platform(head: Platform, base: Platform | None) -> Platform | None:
    """The platform with the base's trust settings; None where the base has none of its kind."""
    if not isinstance(head, AwsPlatform):
        return head
    if not isinstance(base, AwsPlatform):
        return None
    return replace(
        head,
        region=base.region,
        account_id=base.account_id,
        endpoint_url=base.endpoint_url,
        allow=base.allow,
        auth=base.auth,
    )


def _read_by(job: Job) -> Iterator[str]:
    found = [each.template.references for each in job.parameters if each.template]
    if isinstance(job.condition, Expression):
        found.append(job.condition.references)
    for references in found:
        for reference in references:
            if isinstance(reference, EnvironmentReference):
                yield reference.name
