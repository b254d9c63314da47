"""What an answer says about asking: that it was too often, that the address is shut out, or that nothing is well."""

import re
from dataclasses import dataclass

import orjson

_CODE = re.compile(rb'"s?[cC]ode"\s*:\s*"(50011|50040|50061|50001|50004|50005|50013|50026|501\d\d)"')
_TOO_OFTEN = {b"50011", b"50040", b"50061"}
_OF_SUB_ACCOUNT = b"50061"
_LONGEST_REFUSAL = 8_000  # twenty rows, each refused
_EDGE = {403, 429}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do about the limits after an answer.

    ``too_often``: of that one limit, or of the ``sub_account``'s. ``shut_out``: the edge before OKX answered in its
    place and said to stop. ``failed``: no request was dealt with, be it for these, for a key that is not taken, or
    because the exchange is busy, gone or silent.
    """

    failed: bool = False
    too_often: bool = False
    sub_account: bool = False
    shut_out: bool = False


FINE = Verdict()
SILENT = Verdict(failed=True)


def verdict_of(status: int, content: bytes) -> Verdict:
    """Judge an answer.

    Examples
    --------
    >>> verdict_of(200, b'{"code":"0","msg":"","data":[]}')
    Verdict(failed=False, too_often=False, sub_account=False, shut_out=False)
    >>> verdict_of(429, b"<html>Too many requests</html>").shut_out
    True
    """
    if status in _EDGE and not _is_v5(content):
        return Verdict(failed=True, shut_out=True)
    found = _CODE.search(content) if len(content) < _LONGEST_REFUSAL else None
    code = found[1] if found else b""
    too_often = status == 429 or code in _TOO_OFTEN
    failed = too_often or bool(code) or status >= 500 or status in {401, 403} or content[:64].lstrip()[:1] != b"{"
    return Verdict(failed, too_often, code == _OF_SUB_ACCOUNT) if failed else FINE


def _is_v5(content: bytes) -> bool:
    try:
        answer = orjson.loads(content)
    except ValueError:
        return False
    return isinstance(answer, dict) and str(answer.get("code", "")).isdecimal()
