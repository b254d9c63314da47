"""A text as it stands and with its wrappings taken off: JSON, HTML, percent signs, colours of a terminal, base64.

Every view has as many line ends as the text itself, so that a place in a view is a place in the file.
"""

import base64
import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

_ROUNDS = 2
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# tags that stand inside a word when code is coloured, and all others, which stand between words
_INLINE = re.compile(r"</?(?:a|b|code|em|font|i|mark|span|strong|u)(?:\s[^<>]{0,400})?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]{0,400}|/)?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,9});", re.IGNORECASE)
_NUMBERED_END = re.compile(r"&#(?:0*1[03]|x0*[ad]);", re.IGNORECASE)
_ESCAPE = re.compile(r"""\\(["'\\/nrt]|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2})""")
_PLAIN_ESCAPES = {"n": "\r", "r": "\r", "t": "\t"}
_WRAPPED = r"(?:[A-Za-z0-9+/]{60,76}\r?\n)+[A-Za-z0-9+/]{1,76}={0,2}"
_BASE64 = re.compile(rf"(?<![\w+/=-])(?:{_WRAPPED}|[A-Za-z0-9+/_-]{{11,}}={{0,2}})(?![\w+/=-])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffd]")


def views(text: str) -> Iterator[str]:
    """Give the text, then each text that comes out when a layer of wrapping is taken off.

    >>> list(views("passphrase=a%26b"))
    ['passphrase=a%26b', 'passphrase=a&b']
    """
    seen = {text}
    yield text
    for _ in range(_ROUNDS):
        layer = text
        while (layer := unescaped(layer)) not in seen:
            seen.add(layer)
            yield layer
        text = decoded(layer)
        if text in seen:
            return
        seen.add(text)
        yield text


def unescaped(text: str) -> str:
    r"""Take one layer of colours, tags, entities, backslashes and percent signs off.

    >>> unescaped('<td>"a":</td> &quot;b\\u0021&quot;')
    ' "a":  "b!"'
    """
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    if "<" in text:
        text = _TAG.sub(lambda tag: " " + "\n" * tag[0].count("\n"), _INLINE.sub(_ends, text))
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), _NUMBERED_END.sub("\r", text))
    if "\\" in text:
        text = _ESCAPE.sub(_unescape, text)
    return unquote(text, errors="replace") if "%" in text else text


def decoded(text: str) -> str:
    """Put what it says in the place of everything that is base64 of text.

    >>> decoded("Basic aHVudGVyOmh1bnRlcjI=")
    'Basic hunter:hunter2'
    """
    return _BASE64.sub(_decode, text)


def _ends(tag: re.Match[str]) -> str:
    return "\n" * tag[0].count("\n")


def _unescape(match: re.Match[str]) -> str:
    said = match[1]
    if len(said) > 1:
        letter = chr(int(said[1:], 16))
        return "\r" if letter == "\n" else letter
    return _PLAIN_ESCAPES.get(said, said)


def _decode(match: re.Match[str]) -> str:
    run = "".join(match[0].split()).rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    try:
        said = base64.b64decode(run + "=" * (-len(run) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return match[0]
    if _CONTROL.search(said):
        return match[0]
    return said.replace("\n", "\r") + "\n" * match[0].count("\n")
