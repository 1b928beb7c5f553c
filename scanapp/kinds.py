"""What the engine does differently for one kind of thing than for another, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class KindRules:
    """How things of one kind are treated; the defaults are those of kinds that the table does not know.

    fuses     all readings of a track go into its fusion, however they differ; otherwise those that differ are of
              different things
    owns      when text that lies on such a thing is its own, and not proposed or reported as a text: never, once it
              has been read, or as soon as it is seen (until `TRIES` looks have given nothing)
    looks     different views that must stand behind it before it is told of as found
    drafts    changes are told of before it is confirmed, too
    details   fields of its value whose change is news, beside the key
    secret    pictures hide where its number stands, and all of it while that is not known
    repeated  a value that is known to be in view needs no second proof when it is read elsewhere
    again_s   seconds after which a settled thing is looked at again though it seems to lie still: its like may have
              taken its place. 0: never
    """

    fuses: bool = False
    owns: Literal["never", "read", "seen"] = "never"
    looks: int = 1
    drafts: bool = True
    details: tuple[str, ...] = ()
    secret: bool = False
    repeated: bool = False
    again_s: float = 0.0


TRIES = 6
"""After so many looks that gave nothing, what lies on a thing may be read as text."""

_RULES: Mapping[str, KindRules] = {
    # Several labels may bear one code.
    "code": KindRules(owns="read", repeated=True),
    # A text changes with each look until it is confirmed.
    "text": KindRules(fuses=True, drafts=False),
    # One look at a receipt gives a plausible card number now and then; two do not give the same.
    "card": KindRules(fuses=True, owns="seen", looks=2, details=("expiry", "holder"), secret=True),
    # One view of a product may look like another's; what is printed on it is part of it. Two variants differ in
    # a word, which no comparison of pixels notices.
    "product": KindRules(fuses=True, owns="read", looks=2, drafts=False, again_s=0.8),
}
_OTHER = KindRules()


def rules(kind: str) -> KindRules:
    """The rules for ``kind``."""
    return _RULES.get(kind, _OTHER)
