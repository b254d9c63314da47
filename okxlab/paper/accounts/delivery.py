"""The end of a contract: futures settle at the index, options are exercised when that brings something."""

from decimal import Decimal

from okxlab.paper.accounts.desk import Desk
from okxlab.paper.accounts.fees import DELIVERY, EXERCISE, contract_fee
from okxlab.paper.accounts.ledger import FEES, MARKET
from okxlab.paper.accounts.margin import Margin
from okxlab.paper.accounts.position import Position
from okxlab.paper.accounts.settlement import Entry
from okxlab.paper.changes import BillKind
from okxlab.paper.exact import divided_freely, minus, times
from okxlab.paper.products.instrument import Contract

ZERO = Decimal(0)
# OKX's type and subtypes: of futures by whether the position is long, of options exercised likewise, of worthless ones
_DELIVERED = {True: BillKind("3", "112"), False: BillKind("3", "113")}
_EXERCISED = {True: BillKind("3", "170"), False: BillKind("3", "171")}
_WORTHLESS = BillKind("3", "172")


class Delivery:
    """Settles positions whose contract has expired."""

    def __init__(self, desk: Desk, margin: Margin) -> None:
        self._desk = desk
        self._margin = margin

    def deliver(self, position: Position, index: Decimal | None = None) -> None:
        """Close a position at its contract's last price, or as if that were another."""
        instrument, account, size, long = position.instrument, position.account, position.size.copy_abs(), position.long
        contract = instrument.terms
        index = index or self._desk.standings.marks.delivery_price(instrument)
        option = instrument.kind == "OPTION"
        price = intrinsic(contract, index) if option else index
        amount = position.worth(price)
        fee = contract_fee(instrument.kind, times(size, contract.value), amount, EXERCISE if option else DELIVERY)
        profit = self._margin.close(position, size, price, fee)
        cash = profit
        kind = _DELIVERED[long]
        if option:
            cash = amount if long else amount.copy_negate()
            kind = _EXERCISED[long] if price else _WORTHLESS
        self._desk.ledger.move(contract.settle, cash, MARKET, account.uid)
        self._desk.ledger.move(contract.settle, fee, account.uid, FEES)
        entry = Entry(
            contract.settle, minus(cash, fee), instrument.name, size, price, pnl=profit, mode=position.mode
        )  # fmt: skip
        self._desk.bill(account, entry, kind)


def intrinsic(contract: Contract, index: Decimal) -> Decimal:
    """Give what exercising an option brings for one unit of its coin, in that coin."""
    above = minus(index, contract.strike)
    gain = above if contract.right == "C" else above.copy_negate()
    return divided_freely(max(gain, ZERO), index)
