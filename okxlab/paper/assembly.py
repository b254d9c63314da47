"""The parts of a running exchange, put together: what answers requests, what streams, what is steered."""

from dataclasses import dataclass
from functools import partial
from typing import cast

from aiohttp import web

from okxlab.paper.accounts.office import Office
from okxlab.paper.control.control import Control
from okxlab.paper.control.leases import Leases
from okxlab.paper.control.office import OfficeControl
from okxlab.paper.control.push import Push
from okxlab.paper.control.rehearsal import RehearsalControl
from okxlab.paper.ending import Ending
from okxlab.paper.faults.faults import Faults
from okxlab.paper.faults.frames import Frames
from okxlab.paper.faults.maintenance import Maintenance
from okxlab.paper.faults.requests import Rehearsal
from okxlab.paper.faults.stale import Past
from okxlab.paper.following import PREFIX
from okxlab.paper.opening import Exchange
from okxlab.paper.options import PaperOptions
from okxlab.paper.rest.application import Rest, application, guarded
from okxlab.paper.rest.doorkeeper import Doorkeeper
from okxlab.paper.rest.lane import Lane
from okxlab.paper.rest.limits import Limiter
from okxlab.paper.rest.shortcut import Handler
from okxlab.paper.streams.endpoint import Endpoint
from okxlab.paper.streams.streams import Streams
from okxlab.paper.streams.terms import FREE, Terms


@dataclass(frozen=True)
class Wire:
    """An exchange with everything that speaks to the outside: what a server serves, and the short ways into it."""

    app: web.Application
    direct: Handler
    lane: Lane
    streams: Streams
    rehearsal: Rehearsal
    keeper: Doorkeeper


def assembled(exchange: Exchange, options: PaperOptions, leases: Leases, ending: Ending) -> Wire:
    """Put an exchange's parts together."""
    venue = exchange.venue
    limiter = Limiter(venue.listing, on=options.limits)
    streams = Streams(venue, exchange.archive, exchange.keys, limiter, Terms() if options.limits else FREE)
    faults, maintenance = Faults(venue.clock), Maintenance(venue.clock)
    past = Past(venue.clock, partial(faults.asks_for, "stale"))
    Frames(faults, streams.outlet)
    venue.sinks.append(past.hear)
    venue.status_rows = maintenance.rows
    streams.closed = lambda: maintenance.under_way
    rest = Rest(venue, exchange.keys, exchange.archive, limiter)
    rehearsal = Rehearsal(rest.handle, faults, past, maintenance)
    beside = [
        *RehearsalControl(venue, faults, maintenance, exchange.clock, streams).routes(),
        *OfficeControl(Office(venue, exchange.keys, exchange.first_key), ending).routes(),
        *Endpoint(streams).routes(),
    ]
    if options.prices.startswith(PREFIX):
        beside.append(web.post("/okxlab/push", Push(venue).handle))
    control = Control(venue, options, exchange.token, leases)
    keeper = Doorkeeper()
    guard = guarded(control, keeper)
    app = application(rehearsal.handle, guard, [*control.routes(), *beside])
    direct = partial(guard, handler=rehearsal.handle)
    lane = Lane(rest.answer, rehearsal.free, keeper.serve)
    return Wire(app, cast("Handler", direct), lane, streams, rehearsal, keeper)
