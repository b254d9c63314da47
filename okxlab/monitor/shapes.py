"""How OKX's secrets look, and what has to stand near a text of that look before it counts as one.

A key is a UUID, a secret 32 hex digits, a signature base64 of 32 bytes: order ids, cells of a notebook, hashes and
traces look the same. So a name has to stand before it, or the others of its trio beside it. A passphrase has no look at
all and is known by its name alone.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from okxlab.monitor.views import views

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HEX = re.compile(rf"(?<![0-9a-z-])(?:{_UUID}|[0-9a-f]{{32}})(?![0-9a-z-])", re.IGNORECASE)
_NAMES = {
    "key": r"(?:api|access|okx\w{0,12})[-_ ]?key[\w-]{0,12}",
    "secret": r"secret(?:[-_ ]?key)?[\w-]{0,12}",
    "passphrase": r"pass[-_ ]?phrase[\w-]{0,12}",
}
# what may stand between a name and its value: signs, and words that say nothing
_WORDS = (
    r"is|was|are|for|my|your|the|okx|demo|live|str|bytes|text|value|default|literal|Secret(?:Str)?|None|[bruf]{1,2}"
)
_GLUE = rf"(?:\W|\b(?:{_WORDS})\b){{1,40}}"
_NAMED = re.compile("(?:" + "|".join(f"(?P<{k}>{n})" for k, n in _NAMES.items()) + f"){_GLUE}$", re.IGNORECASE)
_BARE_KEY = re.compile(rf"\bkey{_GLUE}$", re.IGNORECASE)
_COMPANY = re.compile(rf"{_NAMES['secret']}|{_NAMES['passphrase']}", re.IGNORECASE)
_CONTEXT = re.compile(
    rf"{_NAMES['key']}|{_NAMES['secret']}|{_NAMES['passphrase']}|ok-access|okx[-_ ](?:api|account)|hmac", re.IGNORECASE
)
_BEFORE, _NEAR, _BESIDE = 72, 300, 200

_EQUALS = r"""["'`\])]{0,3}[ \t]{0,4}(?::[ \t]*(?:str|bytes|Secret(?:Str)?)[ \t]*=|:=|=>|->|[:=,|]|\b(?:is|was)\b|\s)"""
_VALUE = r"""\s{0,24}(?:Secret(?:Str)?\(|text=|[bruf]{1,2}(?=["'])|\\?(?=["'`]))?"""
_QUOTED = r""""([^"\r\n]{8,32})"|'([^'\r\n]{8,32})'|`([^`\r\n]{8,32})`"""
_PHRASE = re.compile(rf"{_NAMES['passphrase']}{_EQUALS}{_VALUE}(?:{_QUOTED}|([^\s\"'`<>]{{8,80}}))", re.IGNORECASE)
_PASSWORD = re.compile(rf"\bpass(?:wor)?d{_EQUALS}{_VALUE}(?:{_QUOTED}|([^\s\"'`<>]{{8,80}}))", re.IGNORECASE)
_ASSIGNED = re.compile(r"^\s*(?:export\s+)?\w*PASSPHRASE\w*\s*=\s*([^\s\"'][^\r\n]{6,30}[^\s\"'])\s*$", re.MULTILINE)
_THIRD = re.compile(
    r"""["'`]?[ \t]*[,;|:\r\n\t ]\s*(?:(["'`])([^"'`\r\n]{8,32})\1|([^\s"'`]{8,32})(?=\s*(?:$|[|,;])))""", re.MULTILINE
)
_SIGNED = re.compile(rf"\b(?:ok-access-)?sign(?:ature)?{_GLUE}([0-9a-z+/]{{43}}=)(?![\w=])", re.IGNORECASE)

# what stands where a secret would, in documents and in code
_PLACEHOLDER = re.compile(r"your|example|placeholder|change.?me|\*{3}|\.{3}|…|x{4}|hidden|redacted", re.IGNORECASE)
_FILLED_IN = re.compile(r"<.*>|\{.*\}|\[.*\]|\$\(.*\)|\$\{?[A-Z_][A-Z0-9_]*\}?|%\(?\w+\)?[%s]|.*\{[A-Za-z_][\w.]*\}.*")
_CODE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?:[(\[].*)?|[A-Za-z_]\w*[(\[].*|[A-Za-z_]+")
_ROW = re.compile(r"012345|123456|234567|345678|456789|abcdef|fedcba|987654", re.IGNORECASE)
_CLASSES = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"), re.compile(r"[^a-zA-Z0-9\s]"))


@dataclass(frozen=True, slots=True)
class Sighting:
    """A secret seen in a text; it shows its beginning, its length and its hash.

    >>> Sighting("passphrase", "correct horse", line=3)
    Sighting(passphrase 'corr…' of 13, sha256 4104d36f, line 3)
    """

    kind: str
    value: str = field(repr=False)
    line: int = 1

    @property
    def digest(self) -> str:
        """Give the first eight hex digits of its SHA-256, to tell whether two sightings are of one secret."""
        return hashlib.sha256(self.value.encode()).hexdigest()[:8]

    def __repr__(self) -> str:
        seen = f"{self.value[:4]}…"
        return f"Sighting({self.kind} {seen!r} of {len(self.value)}, sha256 {self.digest}, line {self.line})"


def sightings(text: str, *, code: bool = False) -> list[Sighting]:
    """Find the secrets in a text, also under the wrappings ``views`` knows, in order of their lines.

    Parameters
    ----------
    code
        Whether it is Python: a value without quotes is an expression there.

    Examples
    --------
    >>> sightings("order 6f0a1c52-9d1e-4a7b-8c3d-5e2f4b6a8d90 filled")
    []
    """
    found = dict.fromkeys(
        Sighting(kind, value, view.count("\n", 0, at) + 1)
        for view in views(text)
        for kind, value, at in (*_hexes(view), *_phrases(view, code=code), *_signatures(view))
    )
    return sorted(found, key=lambda one: one.line)


_Found = Iterator[tuple[str, str, int]]


def _hexes(view: str) -> _Found:
    candidates = [match for match in _HEX.finditer(view) if not _made_up(match[0])]
    for match in candidates:
        kind = _named(view, match) or _in_company(view, match, candidates)
        if kind:
            yield kind, match[0], match.start()
            if kind == "secret":
                yield from _third(view, match, candidates)


def _named(view: str, match: re.Match[str]) -> str:
    """Give what the name before a candidate calls it."""
    before = view[max(0, match.start() - _BEFORE) : match.start()]
    if name := _NAMED.search(before):
        return str(name.lastgroup)
    around = view[max(0, match.start() - _BESIDE) : match.end() + _BESIDE]
    return "key" if _BARE_KEY.search(before) and _COMPANY.search(around) else ""


def _in_company(view: str, match: re.Match[str], candidates: list[re.Match[str]]) -> str:
    """Give what a candidate without a name is by what stands around it."""
    beside = [one for one in candidates if one is not match and _distance(one, match) < _BESIDE]
    if _key_shaped(match[0]):
        return "key" if any(_secret_shaped(one[0]) for one in beside) else ""
    if not _secret_shaped(match[0]):
        return ""
    around = view[max(0, match.start() - _NEAR) : match.end() + _NEAR]
    return "secret" if any(_key_shaped(one[0]) for one in beside) or _CONTEXT.search(around) else ""


def _third(view: str, secret: re.Match[str], candidates: list[re.Match[str]]) -> _Found:
    """Find the passphrase that follows a key and a secret in a row."""
    pair = [one for one in candidates if _key_shaped(one[0]) and _distance(one, secret) < 16]
    for one in pair:
        match = _THIRD.match(view, max(one.end(), secret.end()))
        value = (match[2] or match[3]) if match else ""
        if value and _classes(value) == 4 and not _PLACEHOLDER.search(value):
            yield "passphrase", value, max(one.end(), secret.end())


def _phrases(view: str, *, code: bool) -> _Found:
    for match in _PHRASE.finditer(view):
        yield from (("passphrase", value, match.start()) for value in _values(match, code=code))
    for match in _PASSWORD.finditer(view):
        if _CONTEXT.search(view[max(0, match.start() - _NEAR) : match.end() + _NEAR]):
            yield from (("passphrase", value, match.start()) for value in _values(match, code=code))
    for match in _ASSIGNED.finditer("" if code else view):
        if _plausible(match[1]) and not _CODE.fullmatch(match[1]):
            yield "passphrase", match[1], match.start()


def _values(match: re.Match[str], *, code: bool) -> list[str]:
    """Give what a named passphrase may be: one where quotes end it; in a URL, what it is with and without the rest."""
    quoted = match[1] or match[2] or match[3]
    if quoted or code:
        return [quoted] if quoted and _plausible(quoted) else []
    first = re.split(r"&\w+=", match[4])[0]
    bare = dict.fromkeys(one.rstrip(",;)}]|.\\") for one in (first, unquote(first), match[4]))
    return [one for one in bare if 8 <= len(one) <= 32 and not _CODE.fullmatch(one) and _plausible(one)]


def _signatures(view: str) -> _Found:
    for match in _SIGNED.finditer(view):
        yield "signature", match[1], match.start()


def _plausible(value: str) -> bool:
    """Tell what may be a passphrase: a digit and a letter at least; a sentence shows all four kinds of characters."""
    mixed = re.search("[0-9]", value) and re.search("[a-zA-Z]", value) and (" " not in value or _classes(value) == 4)
    return bool(mixed) and not _PLACEHOLDER.search(value) and not _FILLED_IN.fullmatch(value)


def _classes(value: str) -> int:
    return sum(kind.search(value) is not None for kind in _CLASSES)


def _key_shaped(value: str) -> bool:
    return "-" in value


def _secret_shaped(value: str) -> bool:
    return "-" not in value and value.isupper() and not value.isdecimal() and not value.isalpha()


def _distance(one: re.Match[str], other: re.Match[str]) -> int:
    return max(one.start() - other.end(), other.start() - one.end())


def _made_up(value: str) -> bool:
    """Tell a value nobody drew: digits in a row, one block again and again, few different digits."""
    digits = value.replace("-", "").lower()
    return len(set(digits)) < 6 or digits in (digits + digits)[1:-1] or _ROW.search(digits) is not None
