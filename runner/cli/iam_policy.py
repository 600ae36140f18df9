"""`stepfleet iam-policy`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from runner import iam, report
from runner.cli import options, permitting, printing, project
from runner.cli.exits import Exit
from runner.cli.permitting import Trusted, Wanted
from runner.cli.providers import Providers
from runner.errors import CredentialsFailed, Invalid, Refused, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from runner.cli.project import Loaded
    from runner.iam import Grant, MachineRole, Policy
    from runner.model import Spec

Command = TypeVar("Command", bound="Callable[..., object]")


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which of the policies to print: all, or one."""

    purpose: str | None
    machine: str | None
    part: int | None
    write: Path | None

    @property
    def has_roles(self) -> bool:
        return self.purpose in (None, report.MACHINES)


@dataclass(frozen=True, slots=True)
class _Found:
    """The policies of a project, and what to say of them."""

    project: str
    grants: Sequence[Grant]
    roles: Sequence[MachineRole]
    notes: Sequence[str]
    is_whole: bool


def _choosing(command: Command) -> Command:
    for decorator in reversed((options.PATHS, *options.VARIABLES)):
        command = decorator(command)
    return command


@click.command("iam-policy")
@_choosing
@click.option(
    "--for",
    "for",
    type=click.Choice(report.PURPOSES),
    help="Print one policy by itself, as JSON that IAM takes from a file.",
)
@click.option("--platform", metavar="NAME", help="Only this platform.")
@click.option("--machine", metavar="NAME", help="With --for machines: the role of this machine.")
@click.option(
    "--part",
    type=click.IntRange(min=1),
    metavar="N",
    help="With --for: the one of several policies, from 1.",
)
@click.option(
    "--write",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write each policy to a file of this folder, such as plan.json, as IAM takes it.",
)
@click.option(
    "--offline",
    is_flag=True,
    help="Ask nobody: types, keys and definitions are those in the specs.",
)
@click.option(
    "--with-switched-off",
    is_flag=True,
    help="Count jobs with `if: false` as if they were on: an apply may start them too.",
)
@click.option(
    "--trust",
    type=click.Choice(["github"]),
    help="Print the trust policy of a role that a repository's workflows may take.",
)
@click.option("--repo", metavar="ORG/REPO", help="With --trust: the repository.")
@click.option(
    "--repo-id",
    metavar="ORG_ID/REPO_ID",
    help="With --trust: its numbers, which stand in the tokens of new repositories.",
)
@click.option("--environment", metavar="NAME", help="With --trust: jobs of this environment.")
@click.option("--branch", metavar="NAME", help="With --trust: runs on this branch.")
@click.option("--pull-request", is_flag=True, help="With --trust: runs for pull requests.")
@click.option(
    "--account",
    metavar="ACCOUNT",
    help="With --trust: the account of the role, where the specs do not tell it.",
)
@click.option(
    "--issuer",
    metavar="URL",
    default=iam.GITHUB,
    show_default=True,
    help="With --trust: who signs tokens; on a GitHub Enterprise Server "
    "https://HOSTNAME/_services/token.",
)
@click.option(
    "--format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="text for people, json for machines. One policy is always JSON.",
)
def command(
    paths: tuple[Path, ...],
    *,
    var: Mapping[str, str],
    var_file: tuple[Path, ...],
    platform: str | None,
    machine: str | None,
    part: int | None,
    write: Path | None,
    offline: bool,
    with_switched_off: bool,
    trust: str | None,
    repo: str | None,
    repo_id: str | None,
    environment: str | None,
    branch: str | None,
    pull_request: bool,
    account: str | None,
    issuer: str,
    format: str,
    **purpose: str | None,
) -> Exit:
    """Print the least that AWS must allow a project, as policies of IAM.

    For plans, for drift and for applies, each on the state machines that jobs use and on their
    executions; for discovery, which no plan needs; for taking the roles that platforms name; and
    for the roles of machines that start executions. Their types, keys and definitions are asked of
    Step Functions. Nothing is changed. Notes go to stderr.

    With --trust, prints who may take a role instead: the runs of one repository in one
    environment, on one branch or for pull requests.

    Exits with 1 when a machine could not be described, so that policies may allow too much or
    lack something, and with 3 when specs are refused.

    \b
    Examples:
        stepfleet iam-policy specs
        stepfleet iam-policy specs --for plan > plan-policy.json
        stepfleet iam-policy specs --write policies
        stepfleet iam-policy --trust github --repo acme/data-platform --environment production
    """
    # No parameter of Python may be called `for`.
    choice = _Choice(purpose["for"], machine, part, write)
    wanted = Wanted(platform, offline, choice.has_roles, with_switched_off)
    _check_choice(choice, trust, format)
    trusted = Trusted(repo or "", repo_id, environment, branch, pull_request, issuer, account)
    permitting.check_trusted(trusted, is_asked=trust is not None)
    with printing.refusing(format), Providers() as providers:
        if trust is not None:
            policy, notes = permitting.trust(
                _spec(paths, wanted, trusted), wanted, trusted, providers
            )
            printing.write_raw(report.policy_json(policy))
            _tell(notes)
            return Exit.DONE
        loaded = project.load(paths, options=var, var_files=var_file)
        try:
            found = _find(loaded, wanted, choice, providers)
        except (CredentialsFailed, Unreachable) as error:
            why = report.clean(str(error)).removesuffix(".")
            raise Refused(f"{why}. Or ask nobody, with --offline.") from error
    _print(found, choice, format)
    return Exit.DONE if found.is_whole else Exit.FAILED


def _spec(paths: Sequence[Path], wanted: Wanted, trusted: Trusted) -> Spec | None:
    """A project of which no variable needs a value; None where there is and need be none.

    Raises Invalid, and Refused where the specs would have to tell the account.
    """
    if not (paths or wanted.platform or any(path.exists() for path in options.DEFAULT_PATHS)):
        if trusted.account is None:
            raise Refused("there are no specs here: name the account of the role with --account")
        return None
    found = project.read(paths)
    if found.spec is None:
        raise Invalid(found.diagnostics)
    return found.spec


def _find(loaded: Loaded, wanted: Wanted, choice: _Choice, providers: Providers) -> _Found:
    gathered = permitting.gather(loaded, wanted, providers)
    roles = permitting.Roles((), (), is_whole=True)
    if choice.has_roles:
        roles = permitting.roles(loaded.spec, gathered, wanted, providers)
    return _Found(
        loaded.spec.project.name,
        iam.grants(gathered.usages),
        roles.found,
        (*gathered.notes, *roles.notes),
        gathered.is_whole and roles.is_whole,
    )


def _print(found: _Found, choice: _Choice, form: str) -> None:
    grants, roles = found.grants, found.roles
    if choice.write is not None:
        grants = [each for each in grants if choice.purpose in (None, each.purpose)]
        roles = [each for each in roles if choice.machine in (None, *_names(each))]
        _write(choice.write, grants, roles)
    elif choice.purpose is not None:
        printing.write_raw(report.policy_json(_chosen(choice, found)))
        grants = [each for each in grants if each.purpose == choice.purpose]
    elif form == "json":
        printing.write_raw(report.policies_json(found.project, grants, roles, found.notes))
    else:
        colour = printing.uses_colour()
        printing.write(report.policies_text(found.project, grants, roles, colour=colour))
    _tell((*found.notes, *report.size_notes(grants, roles)))


def _write(folder: Path, grants: Sequence[Grant], roles: Sequence[MachineRole]) -> None:
    made = permitting.files(grants, roles)
    if not made:
        raise Refused("nothing needs to be allowed")
    old = permitting.store(folder, made)
    width = max(len(str(folder / each.name)) for each in made)
    for each in made:
        line = f"wrote  {folder / each.name!s:<{width}}  for {each.holder}"
        printing.write(f"{report.one_line(line, len(line))}\n")
    _tell([f"{folder / name} is of an earlier time: no policy needs it now" for name in old])


def _tell(notes: Sequence[str]) -> None:
    for note in notes:
        printing.tell(f"Note: {report.clean(note)}")


def _chosen(choice: _Choice, found: _Found) -> Policy:
    """The one policy that was asked for. Raises Refused where it is none, or several."""
    name = f"--for {choice.purpose}"
    sets = _sets(choice, found)
    if not sets and choice.machine is not None:
        raise Refused(
            f"--machine {choice.machine}: no such machine of this project starts executions"
        )
    if not sets:
        raise Refused(f"{name}: nothing needs to be allowed")
    if len(sets) > 1:
        which = "--machine" if choice.purpose == report.MACHINES else "--platform"
        holders = report.listed([holder for holder, _ in sets])
        raise Refused(f"{name}: there are policies for {holders}: choose one with {which}")
    [(holder, policies)] = sets
    if choice.part is None and len(policies) == 1:
        return policies[0]
    if len(policies) == 1 and choice.part not in (None, 1):
        raise Refused(f"{name}: what {holder} needs is one policy: leave --part out")
    if choice.part is None or choice.part > len(policies):
        raise Refused(
            f"{name}: what {holder} needs is {report.plural(len(policies), 'part')} of at most "
            f"{iam.MAX_POLICY:,} characters: print each with --part 1 to {len(policies)}, or write "
            "them to files with --write DIR"
        )
    return policies[choice.part - 1]


def _sets(choice: _Choice, found: _Found) -> Sequence[tuple[str, Sequence[Policy]]]:
    """The policies for a purpose, beside the name of whom they are for."""
    if choice.purpose != report.MACHINES:
        grants = [each for each in found.grants if each.purpose == choice.purpose]
        return [(each.holder, each.policies) for each in grants]
    named = [each for each in found.roles if choice.machine in (None, *_names(each))]
    return [(each.machine, each.policies) for each in named]


def _names(role: MachineRole) -> tuple[str, str]:
    return role.machine, role.machine.rpartition(":")[2]


def _check_choice(choice: _Choice, trust: str | None, form: str) -> None:
    """Refuse options that do not go together. Raises click.UsageError."""
    if choice.write is not None and (trust or choice.part is not None or form == "json"):
        raise click.UsageError("--write excludes --trust, --part and --format json")
    if trust is not None and choice.purpose is not None:
        raise click.UsageError("--trust and --for exclude each other")
    if choice.part is not None and choice.purpose is None:
        raise click.UsageError("--part needs --for")
    if choice.machine is not None and choice.purpose != report.MACHINES:
        raise click.UsageError("--machine needs --for machines")
