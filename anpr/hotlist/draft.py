"""The next state of a list, before it counts: edited freely, then signed by two people."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Targets
from tuf.api.metadata import TargetFile as Target

from anpr.errors import InputError, PolicyError
from anpr.hotlist import delta, difference, keys, listfile, ranks
from anpr.hotlist.bundle import DELTA_FILE, LIST_FILE, PACKED_FILE, RECALL, RECALLED_FILE
from anpr.hotlist.files import write
from anpr.hotlist.repository import TARGETS_DAYS, THRESHOLD
from anpr.topics import MAX_LIST_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from securesystemslib.signer import CryptoSigner

    from anpr.hotlist.difference import Difference
    from anpr.hotlist.published import Published
    from anpr.hotlist.repository import Repository
    from anpr.types import ListEntry

_SHEET: Final = "list.json"
_SIGNED: Final = "targets.json"


@dataclass(frozen=True, slots=True)
class DraftState:
    """What stands in the draft.

    Attributes:
        number: what the list will be called once it is published.
        entries: all of them.
        changes: from the published list to this one.
        back: ids that were recalled and that this list would bring back.
        signers: who has signed it as it stands.
        ranking: who may approve every kind of entry, by the ceremony.
    """

    number: int
    entries: tuple[ListEntry, ...]
    changes: Difference
    back: tuple[str, ...]
    signers: tuple[str, ...]
    ranking: tuple[str, ...]

    @property
    def approved(self) -> bool:
        """Whether enough people have signed, and one of rank where that is needed."""
        return len(self.signers) >= THRESHOLD and not self.lacks_rank

    @property
    def lacks_rank(self) -> bool:
        """Whether somebody of rank must still sign."""
        return bool(self.weighty) and not set(self.ranking) & set(self.signers)

    @property
    def weighty(self) -> str:
        """The entries that need a signature of rank, in words; empty when there are none."""
        return ranks.said(self.entries)


class Draft:
    """The draft of a repository; there is one at a time.

    Args:
        repository: where it lies.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._folder = repository.path / "draft"

    def state(self) -> DraftState | None:
        """What stands in it; None when there is no draft."""
        path = self._folder / _SHEET
        if not path.exists():
            return None
        file = listfile.ListFile.model_validate_json(path.read_bytes())
        held = self._repository.published()
        ids = {line.id for line in file.lines}
        return DraftState(
            number=_next(held),
            entries=file.entries(),
            changes=difference.between(held.file.entries() if held else (), file.entries()),
            back=tuple(sorted(ids & held.proof.silenced())) if held else (),
            signers=self._signers(held),
            ranking=self._ranking(),
        )

    def replace(self, entries: Iterable[ListEntry], now: datetime) -> DraftState:
        """Puts other entries in the place of all; signatures on the former state fall away.

        Raises:
            InputError: the list would be too large for a car.
        """
        entries = tuple(replace(entry, list_name=self._repository.list_name) for entry in entries)
        number = _next(self._repository.published())
        file = listfile.make(self._repository.list_name, number, now, entries)
        listfile.content(file)
        for name in (_SIGNED, PACKED_FILE, DELTA_FILE):
            (self._folder / name).unlink(missing_ok=True)
        write(self._folder / _SHEET, file.model_dump_json(indent=1).encode())
        state = self.state()
        assert state is not None  # noqa: S101 - it was written a line above
        return state

    def entries(self) -> tuple[ListEntry, ...]:
        """What editing begins with: the draft, or else what is published without what was recalled."""
        state = self.state()
        if state is not None:
            return state.entries
        held = self._repository.published()
        return held.proof.entries(held.file) if held else ()

    def approve(self, signer: CryptoSigner, now: datetime) -> DraftState:
        """One person's signature under the draft as it stands.

        Raises:
            InputError: there is no draft.
            PolicyError: the key is nobody's who may sign, or that person has signed already.
        """
        name = self._repository.check_person(signer)
        state = self.state()
        if state is None:
            raise InputError(
                "There is no draft to approve.", "Make one with `anpr hotlist import`, `add` or `remove`."
            )
        if name in state.signers:
            raise PolicyError(
                f"{name} has signed this draft already; a second person must.",
                f"One of {', '.join(one for one in self._repository.people.values() if one != name)}"
                " signs with `anpr hotlist approve --key FILE`.",
            )
        metadata = self._metadata() if state.signers else self._seal(state, now)
        metadata.sign(signer, append=True)
        write(self._folder / _SIGNED, metadata.to_bytes())
        return replace(state, signers=(*state.signers, name))

    def publish(self, now: datetime) -> Published:
        """Publishes the draft; it is then no draft any more.

        Raises:
            InputError: there is no draft.
            PolicyError: fewer than two people have signed it, or nobody of rank and an entry needs it.
        """
        state = self.state()
        if state is None:
            raise InputError("There is no draft to publish.", "Make one first.")
        if len(state.signers) < THRESHOLD:
            raise PolicyError(
                f"The draft is signed by {', '.join(state.signers) or 'nobody'};"
                f" {THRESHOLD} people must sign.",
                "Approve it with `anpr hotlist approve --key FILE`, each with their own key, or say"
                " --refresh to renew what is published and leave the draft alone.",
            )
        if state.lacks_rank:
            raise ranks.RankError(
                f"The draft holds entries that need the signature of an {ranks.LEAST} or higher"
                f" ({state.weighty}); {' and '.join(state.signers)} are not.",
                f"{who_of_rank(state)} must approve it with `anpr hotlist approve --key FILE`.",
            )
        metadata = self._metadata()
        names = [name for name in (PACKED_FILE, DELTA_FILE) if name in metadata.signed.targets]
        published = self._repository.release(
            metadata, {name: (self._folder / name).read_bytes() for name in names}, now
        )
        self.discard()
        return published

    def discard(self) -> None:
        """Throws the draft away."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _seal(self, state: DraftState, now: datetime) -> Metadata[Targets]:
        """Fixes the bytes that are to be signed."""
        now = now.replace(microsecond=0)
        name = self._repository.list_name
        content = listfile.content(listfile.make(name, state.number, now, state.entries))
        files = {PACKED_FILE: listfile.pack(content)}
        targets = {LIST_FILE: Target.from_data(LIST_FILE, content, ["sha256"])}
        held = self._repository.published()
        if held is not None:
            before = held.proof.unpack(held.blob)
            change = listfile.pack(delta.between(name, before, content))
            # One that is no smaller, or that no message carries, would help nobody.
            if len(change) < min(len(files[PACKED_FILE]), MAX_LIST_BYTES):
                files[DELTA_FILE] = change
        for file, data in files.items():
            write(self._folder / file, data)
            targets[file] = Target.from_data(file, data, ["sha256"])
        if DELTA_FILE in files and held is not None:
            targets[DELTA_FILE].unrecognized_fields["custom"] = {"base": held.proof.sha256}
        root = self._repository.root
        people = {keyid: root.keys[keyid] for keyid in self._repository.people}
        return Metadata(
            Targets(
                version=state.number,
                expires=now + timedelta(days=TARGETS_DAYS),
                targets=targets,
                delegations=Delegations(
                    people,
                    {RECALL: DelegatedRole(RECALL, list(people), 1, terminating=True, paths=[RECALLED_FILE])},
                ),
            )
        )

    def _ranking(self) -> tuple[str, ...]:
        held = self._repository.root.keys
        return tuple(
            name
            for keyid, name in self._repository.people.items()
            if ranks.may_approve_all(keys.rank(held[keyid]))
        )

    def _metadata(self) -> Metadata[Targets]:
        return Metadata[Targets].from_bytes((self._folder / _SIGNED).read_bytes())

    def _signers(self, held: Published | None) -> tuple[str, ...]:
        """Whose signatures hold for the list that would be published next."""
        if not (self._folder / _SIGNED).exists():
            return ()
        metadata = self._metadata()
        if metadata.signed.version != _next(held):
            return ()
        found = self._repository.root.get_verification_result(
            Targets.type, metadata.signed_bytes, metadata.signatures
        ).signed
        people = self._repository.people
        return tuple(people[keyid] for keyid in metadata.signatures if keyid in found)


def who_of_rank(state: DraftState) -> str:
    """Whose signature a draft with entries that need rank may bear, in words."""
    return " or ".join(state.ranking) or f"Nobody of this repository is an {ranks.LEAST}: a new ceremony"


def _next(held: Published | None) -> int:
    return held.proof.number + 1 if held else 1
