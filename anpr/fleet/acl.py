"""The same grants in the words of each broker: Mosquitto's ``acl_file`` and EMQX's ``acl.conf``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr import topics
from anpr.fleet import access
from anpr.fleet.access import Grant, Verb
from anpr.fleet.register import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anpr.fleet.register import Member

HEAD = "Written by `anpr enrol`; changed there, never here. What no line allows is refused."


def mosquitto(fleet: str, members: Iterable[Member]) -> str:
    """Mosquitto's file. ``%u`` is the name in the certificate that the connection was made with."""
    lines = [f"# {HEAD}", "", "# Each car its own topics."]
    lines += [f"pattern {one.verb} {_in_place(one, '%u')}" for one in access.own(fleet)]
    for member in _clients(members):
        lines += ["", f"user {member.name}"]
        if member.role is not Role.CAR:
            lines.append(f"topic deny {_as_car(fleet, member)}")
        lines += [f"topic {one.verb} {one.topic}" for one in _beyond_own(fleet, member)]
    return "\n".join([*lines, ""])


def emqx(fleet: str, members: Iterable[Member]) -> str:
    """EMQX's file, read from top to bottom until a line fits."""
    known = list(_clients(members))
    lines = [f"%% {HEAD}", "", "%% Nobody but a car speaks as one."]
    lines += [
        _rule("deny", f'{{username, "{one.name}"}}', "all", [_as_car(fleet, one)])
        for one in known
        if one.role is not Role.CAR
    ]
    lines += ["", "%% Each car its own topics."]
    lines += _rules("all", access.own(fleet), "${username}")
    for member in known:
        lines += ["", f"%% {member.role} {member.name}"]
        lines += _rules(f'{{username, "{member.name}"}}', _beyond_own(fleet, member), member.name)
    return "\n".join([*lines, "", "{deny, all}.", ""])


def _clients(members: Iterable[Member]) -> Iterable[Member]:
    return (one for one in members if one.role is not Role.BROKER)


def _beyond_own(fleet: str, member: Member) -> tuple[Grant, ...]:
    match member.role:
        case Role.CAR:
            return access.lists(fleet, Role.CAR, member.lists)
        case Role.CENTRE:
            return access.centre(fleet)
        case Role.OPERATOR:
            return access.operator(fleet)
        case Role.BROKER:
            return ()


def _as_car(fleet: str, member: Member) -> str:
    """What the lines on cars would otherwise open to a collector or an operator, under its own name."""
    return f"{topics.of_car(fleet, member.name)}/#"


def _rules(who: str, grants: Sequence[Grant], own: str) -> list[str]:
    action = {Verb.WRITE: "publish", Verb.READ: "subscribe"}
    return [
        _rule("allow", who, action[verb], [_in_place(one, own) for one in grants if one.verb is verb])
        for verb in (Verb.WRITE, Verb.READ)
        if any(one.verb is verb for one in grants)
    ]


def _rule(permission: str, who: str, action: str, filters: Sequence[str]) -> str:
    listed = ", ".join(f'"{one}"' for one in filters)
    return f"{{{permission}, {who}, {action}, [{listed}]}}."


def _in_place(grant: Grant, own: str) -> str:
    return grant.topic.replace(access.OWN, own)
