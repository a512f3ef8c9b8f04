"""Valid things made wrong: a value replaced, a key lost, a bracket too many, a byte flipped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = 20_000
ODD_TEXTS = (
    "",
    " ",
    "\0",
    "null",
    "NaN",
    "-1",
    "1e999",
    "../../etc/passwd",
    "+",
    "#",
    "a/b",
    "%s%n",
    "'; DROP TABLE hits; --",
    "<script>",
    "\u202eABC",
    "\ufeff",
    "\ud800",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-11-22T12:00:00",
    "2026-02-30T12:00:00Z",
    "99999999999999999999",
    "x" * LONG,
)
ODD_NUMBERS = (
    -1,
    0,
    2**31,
    2**53 + 1,
    2**63,
    2**64,
    10**40,
    -(10**40),
    1e308,
    -0.0,
    5e-324,
    float("nan"),
    float("inf"),
    float("-inf"),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(ODD_TEXTS)
    | st.sampled_from(ODD_NUMBERS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, one in inside for found in ((*here, key), *places(one, (*here, key)))]


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


@st.composite
def altered(draw: st.DrawFn, valid: Any) -> Any:
    """The value with one to three things in it replaced, removed, moved or put in."""
    value = json.loads(json.dumps(valid))
    for _ in range(draw(st.integers(1, 3))):
        paths = places(value)
        if not paths:
            return draw(JSON)
        path = draw(st.sampled_from(paths))
        parent, key = _at(value, path[:-1]), path[-1]
        match draw(st.sampled_from(("replace", "replace", "remove", "move", "wrap", "extra"))):
            case "replace":
                parent[key] = draw(JSON)
            case "remove":
                del parent[key]
            case "move":
                parent[key] = _at(value, draw(st.sampled_from(paths)))
                value = json.loads(json.dumps(value, default=str)) if _finite(value) else draw(JSON)
            case "wrap":
                parent[key] = [parent[key]]
            case "extra" if isinstance(parent, dict):
                parent[draw(st.text(max_size=12))] = draw(JSON)
            case _:
                parent.append(draw(JSON)) if isinstance(parent, list) else None
    return value


def _finite(value: Any) -> bool:
    """Whether a moved part does not hold itself."""
    try:
        json.dumps(value)
    except (ValueError, RecursionError):
        return False
    return True


@st.composite
def damaged(draw: st.DrawFn, valid: bytes) -> bytes:
    """The bytes with some flipped, cut out, doubled or put in."""
    data = bytearray(valid)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        size = draw(st.integers(1, 40))
        match draw(st.sampled_from(("flip", "cut", "double", "put", "end"))):
            case "flip" if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[at : at + size]
            case "double":
                data[at:at] = data[at : at + size]
            case "put":
                data[at:at] = draw(st.binary(min_size=1, max_size=size))
            case _:
                del data[at:]
    return bytes(data)


def payloads(valid: bytes, dump: Callable[[Any], bytes] = lambda value: json.dumps(value).encode()) -> Any:
    """Everything that may come in the place of a JSON message: structure and bytes made wrong, and noise."""
    return (
        altered(json.loads(valid)).map(dump)
        | damaged(valid)
        | JSON.map(dump)
        | st.binary(max_size=300)
        | st.sampled_from([b"[" * LONG, b'{"a":' * LONG, valid * 2, valid + b"\0", b"\xef\xbb\xbf" + valid])
    )
