"""A local exchange that speaks OKX v5 on loopback, for paper trading and rehearsals."""

from okxlab.paper.counter import instruct, reset
from okxlab.paper.opening import open_exchange, open_venue
from okxlab.paper.options import PaperOptions
from okxlab.paper.server import serve

__all__ = ["PaperOptions", "instruct", "open_exchange", "open_venue", "reset", "serve"]
