"""Every error okxlab raises on purpose, one tree.

OkxlabError
├── InputError            what was handed in cannot be used (also a ValueError)
│   ├── SymbolError         no such instrument
│   ├── SpecError           a grid that cannot be
│   ├── CandleError         candles that cannot be traded over
│   └── ParameterError      a report parameter that is unknown or of the wrong type
├── ConfigError           the workspace, okxlab.toml or the environment
│   └── CredentialsError    keys are missing, incomplete or not fit for the profile
├── ExchangeError         a call to an exchange gave no usable answer
│   ├── Unreachable         nobody answered
│   ├── Refused             the exchange answered with an error code
│   ├── Unreadable          the answer was not what OKX v5 promises
│   ├── PullError           some of several pulls did not come to their end
│   └── Blocked             okxlab's own transport did not let the request out
│       └── Redirected         somebody on the way wanted to lead it elsewhere
├── OrderError            an order or a cancellation
│   ├── OrderDenied         stopped on this machine, nothing was sent
│   │   └── OrderHeld         by what may change by itself: a limit, the market, a switch that waits for an answer
│   ├── OrderNotSent        no byte reached the exchange
│   ├── OrderRejected       the exchange said no
│   ├── OrderUnknown        sent, and the answer was lost
│   └── JournalError        the journal of orders is damaged or cannot be written: no order leaves
│       └── JournalTaken      another bot or kernel has it open
├── PaperError            the paper exchange cannot start or go on
├── StoreError            market data on disk that is damaged, or a place that cannot be reached
└── ReportError           a notebook report
    ├── NotebookFailed      a cell raised
    └── ScheduleError       schedule.toml or the run ledger
"""


class OkxlabError(Exception):
    """Base of all errors: what happened and why, then the next step.

    Parameters
    ----------
    what
        One sentence: what happened, and the value that caused it.
    fix
        One sentence: what the user can do now.

    Examples
    --------
    >>> print(OkxlabError("Port 8080 is in use.", "Choose another with --port."))
    Port 8080 is in use. Choose another with --port.
    """

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what, fix)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what} {self.fix}".strip()


class InputError(OkxlabError, ValueError):
    """A value handed in cannot be used."""


class SymbolError(InputError):
    """No such instrument, or a symbol that cannot be read."""


class SpecError(InputError):
    """A grid that cannot be."""


class CandleError(InputError):
    """Candles that cannot be traded over."""


class ParameterError(InputError):
    """A report parameter that is unknown or of the wrong type."""


class ConfigError(OkxlabError):
    """The workspace, okxlab.toml or the environment is not usable."""


class CredentialsError(ConfigError):
    """Keys are missing, incomplete or not fit for the profile."""


class ExchangeError(OkxlabError):
    """A call to an exchange gave no usable answer."""


class Unreachable(ExchangeError):
    """Nobody answered."""


class Refused(ExchangeError):
    """The exchange answered with an error code, kept in ``code``."""

    def __init__(self, what: str, fix: str = "", *, code: str = "") -> None:
        super().__init__(what, fix)
        self.code = code


class Unreadable(ExchangeError):
    """The answer was not what OKX v5 promises."""


class PullError(ExchangeError):
    """Some of several pulls did not come to their end; ``table`` is what all of them came to."""

    def __init__(self, what: str, fix: str = "", *, table: object = None) -> None:
        super().__init__(what, fix)
        self.table = table


class Blocked(ExchangeError):
    """okxlab's own transport did not let the request out."""


class Redirected(Blocked):
    """Somebody on the way wanted to lead a request elsewhere; okxlab did not follow."""


class OrderError(OkxlabError):
    """An order or a cancellation; ``code`` is OKX's when there is one."""

    def __init__(self, what: str, fix: str = "", *, code: str = "", client_id: str = "") -> None:
        super().__init__(what, fix)
        self.code = code
        self.client_id = client_id


class OrderDenied(OrderError):
    """Stopped on this machine; nothing was sent."""


class OrderHeld(OrderDenied):
    """Stopped on this machine by what may change by itself: a limit, the market, a switch that waits for an answer."""


class OrderNotSent(OrderError):
    """No byte reached the exchange."""


class OrderRejected(OrderError):
    """The exchange said no."""


class OrderUnknown(OrderError):
    """Sent, and the answer was lost: the order may or may not exist."""


class JournalError(OrderError):
    """The journal of orders cannot be used, so no order leaves.

    Where it is damaged, ``offset`` is the byte at which the damaged record begins and ``record`` its number, counted
    from 0; else both are None.
    """

    def __init__(self, what: str, fix: str = "", *, offset: int | None = None, record: int | None = None) -> None:
        super().__init__(what, fix)
        self.offset = offset
        self.record = record


class JournalTaken(JournalError):
    """Somebody else has the journal open: one strategy has one writer."""


class PaperError(OkxlabError):
    """The paper exchange cannot start or go on."""


class StoreError(OkxlabError):
    """Market data on disk is damaged, or its place cannot be reached."""


class ReportError(OkxlabError):
    """A notebook report cannot run."""


class NotebookFailed(ReportError):
    """A cell of the notebook raised; ``cell`` counts code and prose cells from 0."""

    def __init__(self, what: str, fix: str = "", *, cell: int = -1) -> None:
        super().__init__(what, fix)
        self.cell = cell


class ScheduleError(ReportError):
    """schedule.toml or the run ledger is not usable."""
