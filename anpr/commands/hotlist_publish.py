"""``anpr hotlist publish | recall``: from the repository to the cars."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.commands import hotlist_repo
from anpr.commands.hotlist_keys import AsJson, Repo, unlock
from anpr.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.hotlist.published import Published
    from anpr.hotlist.repository import Repository

LAST_PORT = 65_535

Address = Annotated[
    str | None, typer.Option("--broker", metavar="HOST:PORT", help="Send to the cars by this MQTT broker.")
]
Fleet = Annotated[str, typer.Option("--fleet", help="The fleet whose cars are meant.")]
Papers = Annotated[
    Path | None, typer.Option("--identity", help="Folder with your certificate, from `anpr enrol operator`.")
]
ListsDir = Annotated[
    Path | None,
    typer.Option(
        "--lists-dir", help="Also lay the list down here by its hash, for a web server to give out."
    ),
]
Wait = Annotated[
    float, typer.Option("--wait", min=0, help="Seconds to wait for the cars to say that they hold it.")
]


def publish(
    repo: Repo,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Leave the draft alone and renew what is published.")
    ] = False,
    broker: Address = None,
    identity: Papers = None,
    fleet: Fleet = "demo",
    lists_dir: ListsDir = None,
    wait: Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Publish the approved draft, or say again that the published list is the newest; send it to the cars."""
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import TIMESTAMP_HOURS, Repository

    repository = Repository(repo)
    draft = Draft(repository)
    now = datetime.now(UTC)
    address = address_of(broker)
    if refresh or draft.state() is None:
        published, words = repository.refresh(now), "said again to be the newest"
    else:
        published, words = draft.publish(now), "published"
    if not as_json:
        print(
            f"List {repository.list_name} {published.version} {words}: {published.count}, signed by"
            f" {', '.join(published.proof.signers)}."
        )
        print(f"Cars take it for the newest for {TIMESTAMP_HOURS} hours; renew it daily with --refresh.")
    _send(repository, published, address, identity, fleet, lists_dir, wait, as_json=as_json)


def recall(
    plates: hotlist_repo.Plates,
    repo: Repo,
    key: hotlist_repo.PersonKey,
    broker: Address = None,
    identity: Papers = None,
    fleet: Fleet = "demo",
    wait: Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Silence entries of the published list at once: any one person who may sign can do it.

    It can only take away. Bringing an entry back takes two people, as every addition does.
    """
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository

    repository = Repository(repo)
    held = repository.published()
    if held is None:
        raise InputError(
            f"Nothing of list {repository.list_name} is published yet.", "There is nothing to recall."
        )
    address = address_of(broker)
    ids = hotlist_repo.ids_of(plates, held.file.entries(), f"the published list {held.version}")
    now = datetime.now(UTC)
    published = repository.recall(ids, unlock(key), now)
    draft = Draft(repository)
    state = draft.state()
    on_draft = state is not None and any(entry.entry_id in ids for entry in state.entries)
    if state is not None and on_draft:
        draft.replace([entry for entry in state.entries if entry.entry_id not in ids], now)
    if not as_json:
        print(f"{', '.join(sorted(ids))} recalled: list {repository.list_name} {published.version}.")
        if on_draft:
            print("The draft held them too: they are off it, and it must be approved anew.")
        print("Next: correct the source record, so that the next import does not bring them back.")
    _send(repository, published, address, identity, fleet, None, wait, as_json=as_json)


def address_of(broker: str | None) -> tuple[str, int] | None:
    """Host and port of HOST:PORT; None when none is given.

    Raises:
        InputError: it is no address.
    """
    if broker is None:
        return None
    host, _, port = broker.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) <= LAST_PORT:
        raise InputError(
            f"{broker!r} is no address.", "Write --broker HOST:PORT, for example 127.0.0.1:1883."
        )
    return host.strip("[]"), int(port)


def _send(
    repository: Repository,
    published: Published,
    address: tuple[str, int] | None,
    identity: Path | None,
    fleet: str,
    lists_dir: Path | None,
    wait: float,
    *,
    as_json: bool,
) -> None:
    from anpr.topics import MAX_LIST_BYTES

    told: dict[str, object] = {"list": repository.list_name, "version": published.version, "sent_bytes": 0}
    if lists_dir is not None:
        from anpr.hotlist import shelving

        # Before the manifest: a car that hears of a list must find it.
        told["shelved"] = str(shelving.shelve(repository, published, lists_dir, datetime.now(UTC)))
        if not as_json:
            print(f"Laid down for large transfers: {told['shelved']}")
    elif published.proof.packed.length > MAX_LIST_BYTES and not as_json:
        print(
            f"The list has {published.proof.packed.length:,} bytes, more than a message carries: cars that do"
            " not hold the one before fetch it over HTTPS. Lay it down with --lists-dir FOLDER."
        )
    if address is None:
        if not as_json:
            print("Not sent to any car: say --broker HOST:PORT.")
    else:
        from anpr.hotlist.sending import Sender

        with Sender(*address, fleet, identity) as sender:
            size = sender.send(repository)
            told["sent_bytes"] = size
            if not as_json:
                print(f"Sent to {address[0]}:{address[1]}, fleet {fleet}: {size:,} bytes.")
            if wait:
                spread = sender.wait(repository.list_name, published.version, wait)
                told |= {"held_s": [round(one, 3) for one in spread.seconds], "missing": list(spread.missing)}
                if not as_json:
                    _show_spread(spread.seconds, spread.missing)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))


def _show_spread(seconds: Sequence[float], missing: Sequence[str]) -> None:
    slowest = f", the last after {seconds[-1]:.1f} s" if seconds else ""
    print(f"{len(seconds)} of {len(seconds) + len(missing)} cars hold it{slowest}.")
    if missing:
        print(f"Not yet: {', '.join(missing)}. They fetch it when they are linked.")
