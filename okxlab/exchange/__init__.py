"""The way to an exchange: keys, transport, throttle, session, outcomes. The only room that knows ccxt."""

from okxlab.exchange.account import Account
from okxlab.exchange.call import prepare, read, send
from okxlab.exchange.codes import UNTIMELY, next_step
from okxlab.exchange.connect import connect, paper_session
from okxlab.exchange.control import Control, Step
from okxlab.exchange.credentials import key_id
from okxlab.exchange.lease import Lease
from okxlab.exchange.ledger import state_folder
from okxlab.exchange.local import Address, read_address, start
from okxlab.exchange.origin import Wire
from okxlab.exchange.outcome import Kind, Outcome, outcomes_of
from okxlab.exchange.permit import Permit
from okxlab.exchange.profile import Profile, ProfileName
from okxlab.exchange.recording import Recorded, record
from okxlab.exchange.session import Session
from okxlab.exchange.stream import Stream, stream
from okxlab.exchange.sync import sync_clock
from okxlab.exchange.transport import ORDER_LIFE_MS

__all__ = [
    "ORDER_LIFE_MS",
    "UNTIMELY",
    "Account",
    "Address",
    "Control",
    "Kind",
    "Lease",
    "Outcome",
    "Permit",
    "Profile",
    "ProfileName",
    "Recorded",
    "Session",
    "Step",
    "Stream",
    "Wire",
    "connect",
    "key_id",
    "next_step",
    "outcomes_of",
    "paper_session",
    "prepare",
    "read",
    "read_address",
    "record",
    "send",
    "start",
    "state_folder",
    "stream",
    "sync_clock",
]
