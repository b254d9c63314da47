"""The control routes of the exchange's owner: keys, money, and the end of it all."""

from typing import Any

import orjson
from aiohttp import web

from okxlab.errors import PaperError
from okxlab.paper.accounts.office import Office
from okxlab.paper.ending import Ending
from okxlab.paper.rest.envelope import read_object


class OfficeControl:
    """The handlers.

    Parameters
    ----------
    office
        Does it.
    ending
        Told when the exchange is asked to end.
    """

    def __init__(self, office: Office, ending: Ending) -> None:
        self._office = office
        self._ending = ending

    def routes(self) -> list[web.RouteDef]:
        """Give the routes."""
        acts = [web.post(f"/okxlab/{act}", self._act) for act in self._office.acts]
        return [*acts, web.post("/okxlab/end", self._end)]

    async def _act(self, request: web.Request) -> web.Response:
        body = await request.read()
        fields = read_object(body) if body else {}
        try:
            return _json(self._office.do(request.path.removeprefix("/okxlab/"), fields))
        except PaperError as error:
            return _json({"error": error.what, "fix": error.fix}, status=400)

    async def _end(self, _request: web.Request) -> web.Response:
        self._ending.tell()
        return _json({"ending": True})


def _json(body: dict[str, Any], *, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")
