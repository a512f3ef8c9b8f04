"""``anpr enrol``: the fleet's certificate authority, from its first member to the last revocation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from anpr.fleet.authority import Authority
    from anpr.fleet.register import Member, Register, Role

enrol = typer.Typer(
    help="Certificates: who belongs to the fleet, and what each may do at the broker.", no_args_is_help=True
)

MAX_DAYS = 825
STYLES = {"good": "green", "due": "yellow", "expired": "red", "revoked": "dim"}

Ca = Annotated[Path, typer.Option("--ca", help="The authority's folder: the secret of the fleet.")]
Name = Annotated[str, typer.Argument(help="Its name, for ever: the name in the certificate.")]
Days = Annotated[
    int | None, typer.Option("--days", min=1, max=MAX_DAYS, help="How long the certificate is good.")
]
Request = Annotated[
    Path | None,
    typer.Option("--request", help="What `anpr enrol request` wrote where the key is to stay."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
CA = Path("fleet-ca")


@enrol.command()
def init(
    directory: Annotated[Path, typer.Argument(help="A new folder for the authority.")],
    fleet: Annotated[str, typer.Option("--fleet", help="The fleet it is for; part of every topic.")],
    revocations_url: Annotated[
        str | None,
        typer.Option(
            "--revocations-url", help="Where brokers fetch revocations by themselves; EMQX needs it."
        ),
    ] = None,
    no_passphrase: Annotated[
        bool, typer.Option("--no-passphrase", help="Leave the key open: for demonstrations.")
    ] = False,
) -> None:
    """Make a fleet's certificate authority. Its key signs everybody in: keep it off the network."""
    from anpr.commands import passphrase
    from anpr.fleet.authority import Authority

    secret = None if no_passphrase else passphrase.new()
    Authority.create(directory, fleet, secret, datetime.now(UTC), revocations_url)
    print(f"Authority of fleet {fleet} in {directory}. Back it up; whoever has it can let anybody in.")
    print(f"Next: anpr enrol broker broker-1 --host HOST --ca {directory}")


@enrol.command()
def broker(
    name: Name,
    host: Annotated[
        list[str], typer.Option("--host", help="Host name or address it is reached under; may be repeated.")
    ],
    ca: Ca = CA,
    days: Days = None,
    request: Request = None,
) -> None:
    """Enrol a broker."""
    from anpr.fleet.register import Role

    folder = _enrol(ca, name, Role.BROKER, days, request, hosts=tuple(host))
    print(f"Next: copy {folder} to it, and start: anpr broker --identity DIR --listen 0.0.0.0 --port 8883")


@enrol.command()
def centre(name: Name, ca: Ca = CA, days: Days = None, request: Request = None) -> None:
    """Enrol a collector; each copy has its own name and certificate."""
    from anpr.fleet.register import Role

    folder = _enrol(ca, name, Role.CENTRE, days, request)
    print(f"Next: copy {folder} to it, and start: anpr collect --name {name} --identity DIR")


@enrol.command()
def car(
    name: Name,
    list_names: Annotated[
        list[str] | None,
        typer.Option("--list", help="A hotlist it may fetch; all of its fleet when none is named."),
    ] = None,
    ca: Ca = CA,
    days: Days = None,
    request: Request = None,
) -> None:
    """Enrol a car. It may write its own messages, and read its own receipts and the lists meant for it."""
    from anpr.fleet.register import Role

    folder = _enrol(ca, name, Role.CAR, days, request, lists=tuple(list_names or ()))
    print(f"Next: copy {folder} to the car, and start: anpr run --vehicle {name} --identity DIR")


@enrol.command()
def operator(name: Name, ca: Ca = CA, days: Days = None, request: Request = None) -> None:
    """Enrol a hotlist operator, or the machine that renews lists."""
    from anpr.fleet.register import Role

    folder = _enrol(ca, name, Role.OPERATOR, days, request)
    print(f"Next: give {folder} to them, and publish: anpr hotlist publish --identity DIR --broker HOST:8883")


@enrol.command("request")
def request_(
    name: Name,
    out: Annotated[Path, typer.Option("--out", help="The member's own folder: the key stays there.")],
) -> None:
    """Make a key where it is to be used, and a request to be signed; the key never travels."""
    from anpr.fleet import requests

    path = requests.make(out, name)
    print(f"Key of {name} in {out}; it stays there.")
    print(f"Next: carry {path} to the authority: anpr enrol car {name} --request {path.name}")
    print(f"      and what that makes, {requests.ANSWER}, back into {out}.")


@enrol.command()
def renew(
    names: Annotated[list[str] | None, typer.Argument(help="Whom; or give --due.")] = None,
    due: Annotated[
        bool, typer.Option("--due", help="Everybody whose certificate is in the last third of its life.")
    ] = False,
    ca: Ca = CA,
    days: Days = None,
) -> None:
    """Give members newer certificates for the keys they have. Nothing of it is secret.

    A certificate that ran out can be renewed; a revoked one cannot.
    """
    from anpr.fleet.register import State

    authority = _open(ca)
    now = datetime.now(UTC)
    wanted = list(names or ())
    if due:
        book = authority.register
        wanted += [
            member.name
            for member in book.members
            if (held := book.newest(member.name)) is not None and held.state(now) is State.DUE
        ]
    elif not wanted:
        raise InputError("Nobody is named.", "Give names, or --due for everybody whose time is near.")
    for name in wanted:
        folder = authority.renew(name, now, days=days)
        held = authority.register.newest(name)
        assert held is not None  # noqa: S101 - just renewed
        print(f"{name}: good until {held.ends:%Y-%m-%d}, in {folder}/certificate.pem")
    if wanted:
        print("Next: put each certificate.pem beside the member's key; it is taken up without a restart.")
    else:
        print("Nobody is due.")


@enrol.command()
def revoke(name: Name, ca: Ca = CA) -> None:
    """Shut a member out for good: its car was stolen, its key lost, its work is over."""
    authority = _open(ca)
    count = authority.revoke(name, datetime.now(UTC))
    print(f"{name} is shut out: {count} {'certificate' if count == 1 else 'certificates'} revoked.")
    brokers = [one.name for one in authority.register.members if one.role == "broker"]
    for one in brokers:
        print(f"Next: copy {authority.folder(one)}/revoked.pem and mosquitto.acl to {one}, now.")
    print("A broker that runs as `anpr broker` sees it within seconds and ends the connection.")


@enrol.command()
def status(ca: Ca = CA, as_json: AsJson = False) -> None:
    """Show every member: role, until when its certificate is good, and which lists a car may fetch."""
    from rich.console import Console

    from anpr.fleet import register

    book = register.load(ca)
    now = datetime.now(UTC)
    if as_json:
        rows = [_row(book, one, now) for one in book.members]
        print(json.dumps({"fleet": book.fleet, "members": rows}, ensure_ascii=False))
        return
    Console().print(_table(book, now))
    states = [str(_row(book, one, now)["state"]) for one in book.members]
    if "due" in states or "expired" in states:
        print(f"Next: anpr enrol renew --due --ca {ca}")


def _enrol(
    ca: Path,
    name: str,
    role: Role,
    days: int | None,
    request: Path | None,
    *,
    lists: tuple[str, ...] = (),
    hosts: tuple[str, ...] = (),
) -> Path:
    from anpr.fleet import files

    asked = files.read(request) if request is not None else None
    authority = _open(ca)
    folder = authority.enrol(
        name, role, datetime.now(UTC), lists=lists, hosts=hosts, days=days, request=asked
    )
    held = authority.register.newest(name)
    assert held is not None  # noqa: S101 - just issued
    print(f"{name} is enrolled as {role} of fleet {authority.register.fleet},", end=" ")
    print(f"good until {held.ends:%Y-%m-%d}: {folder}")
    if asked is None:
        print(f"{folder}/key.pem is secret: move it, do not leave copies.")
    return folder


def _open(ca: Path) -> Authority:
    from anpr.commands import passphrase
    from anpr.fleet import authority

    secret = passphrase.of(ca / authority.KEY_FILE) if authority.is_locked(ca) else None
    return authority.Authority.open(ca, secret)


def _row(book: Register, member: Member, now: datetime) -> dict[str, object]:
    held = book.newest(member.name)
    return {
        "name": member.name,
        "role": str(member.role),
        "state": str(held.state(now)) if held else None,
        "ends": held.ends.isoformat() if held else None,
        "lists": list(member.lists),
        "hosts": list(member.hosts),
    }


def _table(book: Register, now: datetime) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), title=f"Fleet {book.fleet}", title_justify="left")
    for heading in ("Name", "Role", "Certificate", "Until", "Reaches"):
        table.add_column(heading)
    for member in book.members:
        held = book.newest(member.name)
        state = held.state(now).value if held else ""
        reaches = ", ".join(member.hosts or member.lists) or ("all lists" if member.role == "car" else "")
        table.add_row(
            member.name,
            member.role.value,
            Text(state, style=STYLES.get(state, "")),
            f"{held.ends:%Y-%m-%d}" if held else "",
            reaches,
        )
    return table
