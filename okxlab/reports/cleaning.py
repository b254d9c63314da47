"""Markup from outputs and prose, with everything taken away that could act."""

import re

import bleach  # type: ignore[import-untyped]  # publishes no types
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer  # type: ignore[import-untyped]  # same

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details", "div", "dl",
    "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "mark", "ol",
    "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot",
    "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_PLAIN = {"align", "alt", "border", "class", "colspan", "height", "id", "rowspan", "scope", "style", "title", "width"}
_LAYOUT = {
    "border", "border-bottom", "border-collapse", "border-left", "border-radius", "border-right", "border-spacing",
    "border-top", "flex", "gap", "line-height", "margin", "margin-bottom", "margin-left", "margin-right",
    "margin-top", "max-height", "max-width", "min-height", "min-width", "opacity", "overflow-x", "padding",
    "padding-bottom", "padding-left", "padding-right", "padding-top", "text-transform", "white-space", "word-break",
}  # fmt: skip
_SILENT = re.compile(r"<(script|style|template|noscript|iframe|object)\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)


_FETCHING = re.compile(r"[<\\]|@import|url\s*\(|image-set|src\s*\(", re.IGNORECASE)


def clean(markup: str) -> str:
    """Give the markup without scripts, handlers, frames, forms and anything fetched; tables and their colours stay.

    >>> clean('<b onclick="x()">1</b><script>x()</script><img src="https://example.org/a.png">')
    '<b>1</b><img>'
    """
    styles = "".join(_style(match) for match in _SILENT.finditer(markup))
    return styles + str(_cleaner.clean(_SILENT.sub("", markup)))


def _style(match: re.Match[str]) -> str:
    inert = match[1].lower() == "style" and not _FETCHING.search(match[2])
    return f"<style>{match[2]}</style>" if inert else ""


def _allowed(tag: str, name: str, value: str) -> bool:
    if tag == "img" and name == "src":
        return value.startswith("data:image/")
    if tag == "a" and name == "href":
        return not value.strip().lower().startswith("data:")
    return name in _PLAIN


_cleaner = bleach.Cleaner(
    tags=_TAGS,
    attributes=_allowed,
    protocols={"http", "https", "mailto", "data"},
    css_sanitizer=CSSSanitizer(allowed_css_properties=ALLOWED_CSS_PROPERTIES | _LAYOUT),
    strip=True,
)
