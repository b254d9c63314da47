"""Derivatives, paid for by margin: futures, swaps and options."""

from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.closing import against, closes, key_of, opening, openings, room, stranded
from okxlab.paper.accounts.desk import Desk
from okxlab.paper.accounts.fees import contract_fee, rate
from okxlab.paper.accounts.holds import hold
from okxlab.paper.accounts.ledger import FEES, MARKET
from okxlab.paper.accounts.leverage import leverage
from okxlab.paper.accounts.limits import largest
from okxlab.paper.accounts.position import Position
from okxlab.paper.accounts.settlement import Entry, Settled
from okxlab.paper.codes import Refusal
from okxlab.paper.exact import divided_freely, floored, minus, plain, plus, times
from okxlab.paper.orders.ask import Ask
from okxlab.paper.orders.order import LIQUIDATION, Order
from okxlab.paper.products.instrument import Instrument

ZERO = Decimal(0)
BY_REDUCE_ONLY = "22"  # OKX's cancelSource
_SHUT = {"suspend": "51022", "preopen": "51021", "expired": "51027", "settling": "51029"}
# OKX's subtypes of bills: by whether the position is long, opened (else closed); then of liquidations
_TRADED = {(True, True): "3", (False, True): "4", (True, False): "5", (False, False): "6"}
_LIQUIDATED = {True: "104", False: "105"}


class Margin:
    """Settles futures, swaps and options, in cross and isolated mode, net or long and short apart.

    The margin of orders that open is held with the taker's fee; what closes needs none. A seller of options holds
    margin, a buyer pays the premium. An isolated position holds its margin; what a cross position needs is counted, not
    held.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def check(self, account: Account, ask: Ask, size: Decimal, price: Decimal) -> None:
        """Refuse the wrong mode, side, price or size, and what the margin left does not carry."""
        _check_modes(account, ask)
        self._check_price(ask)
        if ask.reduce_only or closes(ask):
            _check_reducing(account, ask, size)
            return
        new = opening(account, ask, size)
        if new:
            self._check_tier(account, ask, new)
            currency, amount = self.cost(account, ask, new, price)
            if amount > self._desk.standings.margin_left(account, currency):
                raise Refusal("51008", currency, sub_code="1000")

    def lever(self, account: Account, ask: Ask) -> str:
        """Give the leverage set, none for options."""
        return "" if ask.instrument.kind == "OPTION" else str(_lever(account, ask))

    def need(self, order: Order) -> tuple[str, Decimal]:
        """Give margin and fee of what is left to open, at the order's own price."""
        new = opening(order.account, order.ask, order.rest, order.id)
        return self.cost(order.account, order.ask, new, order.price)

    def settle(self, order: Order, size: Decimal, price: Decimal, *, maker: bool) -> Settled:
        """Close, then open; move profit or premium, and the fee."""
        ask, account, instrument = order.ask, order.account, order.instrument
        contract, share = instrument.terms, rate(instrument.kind, maker=maker)
        amount = instrument.worth(size, price)
        fee = contract_fee(instrument.kind, times(size, contract.value), amount, share)
        old, left, pnl = against(account, ask), size, ZERO
        forced = order.category == LIQUIDATION
        kind = ("5", _LIQUIDATED[not ask.buys]) if forced else ("2", _subtype(ask))
        if old is not None:
            part = min(size, old.size.copy_abs())
            left = minus(size, part)
            part_fee = fee if not left else divided_freely(times(fee, part), size)
            pnl = self.close(old, part, price, part_fee)
            fee_left = minus(fee, part_fee)
        else:
            fee_left = fee
        if left:
            self._open(order, left, price, fee_left)
        cash = pnl
        if instrument.kind == "OPTION":
            cash = amount.copy_negate() if ask.buys else amount
        move, uid = self._desk.ledger.move, account.uid
        move(contract.settle, cash, MARKET, uid)
        move(contract.settle, fee, uid, FEES)
        entry = Entry(contract.settle, minus(cash, fee), instrument.name)
        return Settled(fee, contract.settle, share, pnl, (entry,), kind)

    def follow(self, order: Order) -> None:
        """Share out anew what the orders of a position close, and end those that have nothing left to reduce."""
        account, ask = order.account, order.ask
        position = account.positions.get(key_of(ask))
        filled = order.last is not None
        if position is not None and order.last is not None:
            position.trade_id = order.last.trade_id
        if not account.open or (position is None and not filled):
            return
        for other in stranded(account, ask) if filled else ():
            if other.open:
                self._desk.withdraw(other, BY_REDUCE_ONLY)
        self.share_out(account, ask, buys=None if filled or position is None else not position.long)

    def share_out(self, account: Account, ask: Ask, *, buys: bool | None = None) -> None:
        """Let the resting orders of a position hold what they need now, of one side only unless it is None."""
        for other, new in list(openings(account, ask)):
            if not (new or other.held) or (buys is not None and other.buys is not buys):
                continue
            need = self.cost(account, other.ask, new, other.price)
            if need[1] != other.held:
                hold(self._desk.ledger, self._desk.changes, other, need)

    def close(self, position: Position, size: Decimal, price: Decimal, fee: Decimal) -> Decimal:
        """Take a size from a position, release its share of the margin and give the profit; nothing is moved."""
        if position.margin:
            self.set_aside(position, position.share(position.margin, size).copy_negate())
        profit = position.close(size, price)
        self._touch(position, fee)
        if not position.size:
            position.ending = position.ending or "2"
            del position.account.positions[position.key]
        return profit

    def set_aside(self, position: Position, amount: Decimal) -> None:
        """Add to an isolated position's margin, or take from it when negative."""
        position.margin = plus(position.margin, amount)
        self._desk.ledger.hold(position.account.uid, position.currency, amount)
        self.note(position)

    def note(self, position: Position) -> None:
        """Note that a position changed."""
        changes, account = self._desk.changes, position.account
        position.updated = self._desk.clock.now_ms()
        changes.positions[position.id] = position
        changes.balances[account.uid, position.currency] = account

    def _open(self, order: Order, size: Decimal, price: Decimal, fee: Decimal) -> None:
        account, ask = order.account, order.ask
        position = account.positions.get(key_of(ask))
        if position is None:
            position = account.positions[key_of(ask)] = Position(
                self._desk.next_id(), account, ask.instrument, ask.mode, ask.pos_side, leverage=_lever(account, ask),
                created=self._desk.clock.now_ms(),
            )  # fmt: skip
        added = position.open(size, price, long=ask.buys)
        self._touch(position, fee)
        if ask.mode == "isolated":
            self.set_aside(position, self._isolated(position, size, price, added))

    def _isolated(self, position: Position, size: Decimal, price: Decimal, added: Decimal) -> Decimal:
        """Give the margin of an addition; a seller of options sets the premium aside as well, a buyer nothing."""
        initial = self._desk.standings.initial(position.instrument, size, price, position.leverage)
        if position.instrument.kind != "OPTION":
            return initial
        return ZERO if position.long else plus(initial, added)

    def _touch(self, position: Position, fee: Decimal) -> None:
        position.fees = plus(position.fees, fee)
        self.note(position)

    def cost(self, account: Account, ask: Ask, new: Decimal, price: Decimal) -> tuple[str, Decimal]:
        """Give what opening a size at a price sets aside."""
        instrument = ask.instrument
        contract = instrument.terms
        if not new:
            return contract.settle, ZERO
        amount = instrument.worth(new, price)
        fee = contract_fee(instrument.kind, times(new, contract.value), amount, rate(instrument.kind, maker=False))
        if instrument.kind == "OPTION" and ask.buys:
            return contract.settle, plus(amount, fee)
        return contract.settle, plus(self._desk.standings.initial(instrument, new, price, _lever(account, ask)), fee)

    def affords(self, order: Order, price: Decimal) -> Decimal:
        """Give how much of what is left of an order closes, or opens with the margin left, at a price."""
        account, ask, rest = order.account, order.ask, order.rest
        new = opening(account, ask, rest)
        currency, amount = self.cost(account, ask, new, price)
        left = self._desk.standings.margin_left(account, currency) if amount else ZERO
        if amount <= left:
            return rest
        lot = ask.instrument.lot
        one = self.cost(account, ask, lot, price)[1]
        most = times(floored(divided_freely(max(left, ZERO), one), Decimal(1)), lot)
        return plus(minus(rest, new), min(new, most))

    def _check_price(self, ask: Ask) -> None:
        if ask.price is None:
            return
        highest, lowest = self._desk.standings.marks.price_limits(ask.instrument)
        if (ask.price > highest) if ask.buys else (ask.price < lowest):
            raise Refusal("51006", f"at most {plain(highest)} to buy, at least {plain(lowest)} to sell")

    def _check_tier(self, account: Account, ask: Ask, new: Decimal) -> None:
        position = account.positions.get(key_of(ask))
        size = plus(new, position.size.copy_abs()) if position is not None and position.long is ask.buys else new
        if size > largest(ask.instrument, _lever(account, ask)):
            raise Refusal("51004", sub_code="1101")


def _lever(account: Account, ask: Ask) -> int:
    return leverage(account, ask.instrument, ask.mode, ask.pos_side)


def _subtype(ask: Ask) -> str:
    if ask.pos_side == "net":
        return "1" if ask.buys else "2"
    return _TRADED[ask.pos_side == "long", not closes(ask)]


def _check_modes(account: Account, ask: Ask) -> None:
    instrument: Instrument = ask.instrument
    if account.level == "1" or ask.mode == "cash":
        raise Refusal("51010")
    apart = account.hedged and instrument.kind != "MARGIN"
    if (ask.pos_side == "net") is apart:
        raise Refusal("51000", "posSide")
    if instrument.state in _SHUT:
        raise Refusal(_SHUT[instrument.state])


def _check_reducing(account: Account, ask: Ask, size: Decimal) -> None:
    if against(account, ask) is None:
        raise Refusal("51169")
    if size > room(account, ask, reducing=ask.pos_side == "net"):
        raise Refusal("51170" if ask.pos_side == "net" else "51112")
