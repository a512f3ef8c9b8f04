"""``anpr hotlist status --repo``: what is given out, until when, who may sign, and which cars hold it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from anpr.commands import hotlist_repo
from anpr.commands.hotlist_publish import address_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from anpr.hotlist.published import Published
    from anpr.hotlist.repository import Repository
    from anpr.list_messages import ListReport

SOON = {"timestamp": timedelta(hours=6), "snapshot": timedelta(days=1), "targets": timedelta(days=14)}
SOON_OTHERS = timedelta(days=30)
RENEWAL = {
    "root": "anpr hotlist rotate --root-key FILE",
    "targets": "import or add, approve by two people, publish",
    "recall": "import or add, approve by two people, publish",
}


def status(repo: Path, *, broker: str | None, identity: Path | None, fleet: str, as_json: bool) -> None:
    """What a repository gives out, until when, who may sign, which cars hold it, and how its draft stands."""
    from anpr.hotlist.draft import Draft
    from anpr.hotlist.repository import Repository

    repository = Repository(repo)
    held, state, now = repository.published(), Draft(repository).state(), datetime.now(UTC)
    address = address_of(broker)
    reports: Mapping[str, ListReport] | None = None
    if address is not None:
        from anpr.hotlist.sending import Sender

        with Sender(*address, fleet, identity) as sender:
            reports = sender.reports()
    if as_json:
        told = _published_row(repository, held) | (hotlist_repo.row_of(state) if state else {"draft": None})
        if reports is not None:
            told["cars"] = _cars(repository.list_name, held.version if held else "", reports)
        print(json.dumps(told, ensure_ascii=False))
        return
    print(f"List {repository.list_name}; who may sign: {', '.join(repository.people.values())}")
    if repository.is_staged:
        print(f"  Root {repository.root.version} waits for the next list; cars are given it with that.")
    if held is None:
        print("  Nothing is published yet.")
    else:
        _show_published(held, now)
        if reports is not None:
            _show_cars(_cars(repository.list_name, held.version, reports))
    hotlist_repo.next_step(state, repo)


def _published_row(repository: Repository, held: Published | None) -> dict[str, object]:
    proof = held.proof if held else None
    return {
        "list": repository.list_name,
        "people": list(repository.people.values()),
        "root": repository.released.version,
        "root_waits": repository.is_staged,
        "version": held.version if held else None,
        "entries": len(held.proof.entries(held.file)) if held else 0,
        "recalled": sorted(proof.silenced()) if proof else [],
        "signed_by": list(proof.signers) if proof else [],
        "as_of": proof.as_of.isoformat() if proof else None,
        "expires": {role: end.isoformat() for role, end in proof.expires.items()} if proof else {},
    }


def _show_published(held: Published, now: datetime) -> None:
    from anpr.hotlist import report

    age = report.age(now, held.proof.as_of)
    print(
        f"  Published: {held.version}, {held.count}, signed by"
        f" {', '.join(held.proof.signers)}; {len(held.proof.silenced())} recalled; renewed {age} ago"
    )
    for role, end in held.proof.expires.items():
        late = "RAN OUT" if end < now else "good until"
        hint = ""
        if end - now < SOON.get(role, SOON_OTHERS):
            hint = f"  ← {RENEWAL.get(role, 'anpr hotlist publish --refresh')}"
        print(f"    {role:<9} {late} {report.local(end)}{hint}")


def _cars(list_name: str, version: str, reports: Mapping[str, ListReport]) -> list[dict[str, object]]:
    """Each car that takes the list: what it holds of it, how old, and what it refused last."""
    rows: list[dict[str, object]] = []
    for car, told in sorted(reports.items()):
        if list_name not in told.takes:
            continue
        held = next((one for one in told.lists if one.list_name == list_name), None)
        refusal = next((one for one in told.refusals if one.list_name == list_name), None)
        rows.append(
            {
                "car": car,
                "version": held.version if held else None,
                "newest": held is not None and held.version == version,
                "as_of": held.as_of.isoformat() if held else None,
                "stale": held.stale if held else None,
                "too_old": held.too_old if held else None,
                "refused": refusal.reason.value if refusal else None,
                "why": refusal.words if refusal else None,
            }
        )
    return rows


def _show_cars(cars: list[dict[str, object]]) -> None:
    if not cars:
        print("  No car has said that it takes this list.")
        return
    newest = sum(bool(one["newest"]) for one in cars)
    print(f"  Cars: {newest} of {len(cars)} hold it.")
    for one in cars:
        if not one["newest"]:
            word = "too old, " if one["too_old"] else "stale, " if one["stale"] else ""
            print(f"    {one['car']}: {word}holds {one['version'] or 'nothing'}")
        if one["refused"]:
            print(f"    {one['car']}: refused, {one['refused']}: {one['why']}")
