"""The little syntaxes that several families share.

* ``KEY:value;KEY:value;;`` with backslash escapes: WIFI, MECARD and MATMSG (NTT docomo's "Barcode function" notes).
* Content lines of vCard and iCalendar (RFC 6350, RFC 5545, vCard 2.1): folded lines, parameters, quoted-printable.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from scanapp.errors import PayloadError

_MAX_LINES = 2000


def semicolon_fields(text: str, what: str) -> list[tuple[str, str, bool]]:
    """``(key, value, quoted)`` of ``K:v;K:v;;``, keys in upper case, escapes resolved.

    ``quoted`` says that the whole value stood in double quotes, which are removed: that marks a literal value where
    it could be taken for hexadecimal. PayloadError when there is no field at all.
    """
    fields = []
    for part in _split_escaped(text, ";"):
        key, colon, value = part.partition(":")
        if not colon or not key.strip():
            continue
        quoted = len(value) >= 2 and value[0] == '"' and value[-1] == '"' and not value.endswith('\\"')
        fields.append((key.strip().upper(), unescape_backslashes(value[1:-1] if quoted else value), quoted))
    if not fields:
        raise PayloadError(f"{what} has no KEY:value field")
    return fields


def _split_escaped(text: str, separator: str) -> list[str]:
    """Split at separators that no backslash precedes; the escapes stay for later."""
    parts, start, index = [], 0, 0
    while index < len(text):
        if text[index] == "\\":
            index += 2
            continue
        if text[index] == separator:
            parts.append(text[start:index])
            start = index + 1
        index += 1
    parts.append(text[start:])
    return parts


def unescape_backslashes(value: str) -> str:
    r"""``\;`` to ``;`` and so on; a lone backslash at the end stays."""
    return re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)


def query_values(query: str, *, plus_is_space: bool = True) -> dict[str, str]:
    """First value of each key of a URL's query, keys in lower case, values percent-decoded."""
    pairs = parse_qsl(query if plus_is_space else query.replace("+", "%2B"), keep_blank_values=True)
    return {key.lower(): value for key, value in reversed(pairs)}


@dataclass(frozen=True, slots=True)
class ContentLine:
    """One logical line: ``ORG;LANGUAGE=en:Acme`` has name "ORG", params {"LANGUAGE": ["en"]} and value "Acme".

    A group prefix ("item1.") is dropped; bare 2.1 parameters ("HOME") count as TYPE.
    """

    name: str
    params: dict[str, list[str]]
    value: str

    @property
    def types(self) -> list[str]:
        """TYPE values in lower case, in order, without "pref" and "voice" style repetition."""
        return list(dict.fromkeys(kind.lower() for kind in self.params.get("TYPE", [])))

    def text(self) -> str:
        r"""The value with ``\n``, ``\,`` and ``\;`` resolved."""
        return text_value(self.value)

    def parts(self, separator: str = ";") -> list[str]:
        """A structured value's parts (N, ADR, ORG), each resolved."""
        return [text_value(part).strip() for part in _split_escaped(self.value, separator)]


def text_value(value: str) -> str:
    """Resolve the escapes of a vCard or iCalendar text value."""
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], value, flags=re.DOTALL)


def content_lines(text: str) -> list[ContentLine]:
    """Logical lines of a vCard or iCalendar text. Others are skipped; PayloadError over 2,000 lines."""
    physical = re.split(r"\r\n|\n|\r", text)
    if len(physical) > _MAX_LINES:
        raise PayloadError(f"{len(physical)} lines, expected at most {_MAX_LINES}")
    lines = []
    for row in _unfold(physical):
        head, colon, value = _split_head(row)
        if colon:
            lines.append(_content_line(head, value))
    return lines


def _unfold(physical: list[str]) -> list[str]:
    logical: list[list[str]] = []
    soft_break = False
    for row in physical:
        if soft_break and logical:
            logical[-1].append("\n" + row)
        elif row[:1] in (" ", "\t") and logical:
            logical[-1].append(row[1:])
        elif row:
            logical.append([row])
        # vCard 2.1 carries a quoted-printable value on over the line's end with a trailing "=".
        soft_break = row.endswith("=") and bool(logical) and "QUOTED-PRINTABLE" in logical[-1][0][:200].upper()
    return ["".join(parts) for parts in logical]


def _split_head(row: str) -> tuple[str, str, str]:
    """Name and parameters, ":", value; a colon inside a quoted parameter does not count."""
    quoted = False
    for index, char in enumerate(row[:1000]):
        if char == '"':
            quoted = not quoted
        elif char == ":" and not quoted:
            return row[:index], ":", row[index + 1 :]
    return row, "", ""


def _content_line(head: str, value: str) -> ContentLine:
    name, *raw_params = head.split(";")
    params: dict[str, list[str]] = {}
    for raw in raw_params:
        key, equals, content = raw.partition("=")
        if not equals:
            key, content = ("ENCODING", key) if key.upper() in ("QUOTED-PRINTABLE", "BASE64") else ("TYPE", key)
        values = [part for part in content.replace('"', "").split(",") if part]
        params.setdefault(key.strip().upper(), []).extend(values)
    return ContentLine(name.rsplit(".", 1)[-1].strip().upper(), params, _decoded(value, params))


def _decoded(value: str, params: dict[str, list[str]]) -> str:
    encoding = (params.get("ENCODING") or [""])[0].upper()
    charset = (params.get("CHARSET") or ["utf-8"])[0]
    if encoding == "QUOTED-PRINTABLE":
        return _to_text(quopri.decodestring(value.encode("utf-8", "surrogatepass")), charset)
    if encoding in ("BASE64", "B") and "CHARSET" in params:
        try:
            return _to_text(base64.b64decode("".join(value.split()), validate=True), charset)
        except (binascii.Error, ValueError):
            return value
    return value


def _to_text(raw: bytes, charset: str) -> str:
    try:
        # Codecs such as "zip" or "rot13" also answer to a name: only text encodings may run on a stranger's bytes.
        info = codecs.lookup(charset)
        if not getattr(info, "_is_text_encoding", True):
            return raw.decode("utf-8", "replace")
        return raw.decode(info.name, "replace")
    except (LookupError, ValueError):
        return raw.decode("utf-8", "replace")
