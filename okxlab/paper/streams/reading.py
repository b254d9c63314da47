"""Rows as REST gives them at this moment: what a channel tells is what an endpoint shows."""

from collections.abc import Mapping
from typing import Any

from okxlab.paper.accounts.account import Account
from okxlab.paper.archive.archive import Archive
from okxlab.paper.rest.route import Answer, Call
from okxlab.paper.rest.table import routes
from okxlab.paper.venue import Venue

_ROOT = "/api/v5/"


class Reading:
    """Asks endpoints without a wire.

    Parameters
    ----------
    venue, archive
        What they are about.
    """

    def __init__(self, venue: Venue, archive: Archive) -> None:
        self.venue = venue
        self.archive = archive
        self._acts = {path.removeprefix(_ROOT): found["GET"].act for path, found in routes().items() if "GET" in found}

    def knows(self, path: str) -> bool:
        """Whether there is such an endpoint."""
        return path in self._acts

    def rows(self, path: str, params: Mapping[str, str], account: Account | None = None) -> list[Any]:
        """Give the rows an endpoint shows; without an account, what everybody may see.

        Raises
        ------
        Refusal
            As the endpoint refuses.
        """
        answer = self._acts[path](Call(self.venue, self.archive, params, account or self.venue.accounts.main))
        return list(answer.rows if isinstance(answer, Answer) else answer)
