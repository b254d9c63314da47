"""How an account stands at the marks: equity, margins and what is left to use, by currency."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from okxlab.paper.accounts.account import Account
from okxlab.paper.accounts.fees import closing_fee
from okxlab.paper.accounts.ledger import Ledger
from okxlab.paper.accounts.limits import maintenance_rate
from okxlab.paper.accounts.marks import Marks
from okxlab.paper.accounts.position import Position
from okxlab.paper.exact import divided_freely, minus, plus, times
from okxlab.paper.products.instrument import Instrument

ZERO = Decimal(0)
# of a short option, in shares of the underlying
_OPTION_INITIAL, _OPTION_LEAST, _OPTION_MAINTENANCE = Decimal("0.15"), Decimal("0.1"), Decimal("0.075")


@dataclass(slots=True)
class Standing:
    """One currency of an account.

    Parameters
    ----------
    balance, held
        As in the ledger; what isolated positions set aside is held.
    isolated, isolated_profit
        The margin of isolated positions and their profit at the marks.
    profit
        Of cross positions in futures and swaps, at the marks.
    options
        What cross options are worth, short ones below zero; ``owed`` counts the short ones only.
    initial, maintenance
        The margins of cross positions; ``closing`` what closing them costs.
    """

    balance: Decimal = ZERO
    held: Decimal = ZERO
    isolated: Decimal = ZERO
    isolated_profit: Decimal = ZERO
    profit: Decimal = ZERO
    options: Decimal = ZERO
    owed: Decimal = ZERO
    initial: Decimal = ZERO
    maintenance: Decimal = ZERO
    closing: Decimal = ZERO

    @property
    def equity(self) -> Decimal:
        """All that is owned, at the marks."""
        return plus(plus(self.balance, plus(self.profit, self.options)), self.isolated_profit)

    @property
    def cross(self) -> Decimal:
        """What stands behind cross positions; long options do not, orders' holds do."""
        return plus(minus(self.balance, self.isolated), plus(self.profit, self.owed))

    @property
    def required(self) -> Decimal:
        """What must stand behind cross positions."""
        return plus(self.maintenance, self.closing)

    @property
    def available(self) -> Decimal:
        """What a new order may use as margin."""
        return minus(minus(plus(self.balance, plus(self.profit, self.owed)), self.held), self.initial)


@dataclass
class Standings:
    """Reckons how accounts stand.

    Parameters
    ----------
    ledger
        Balances and holds.
    marks
        What positions are measured by.
    """

    ledger: Ledger
    marks: Marks

    def of(self, account: Account, currencies: Iterable[str] | None = None) -> dict[str, Standing]:
        """Give the standing in each currency, or in some of them."""
        uid, ledger = account.uid, self.ledger
        names = dict.fromkeys(ledger.currencies(uid) if currencies is None else currencies)
        if currencies is None:
            names |= dict.fromkeys(position.currency for position in account.positions.values())
        found = {name: Standing(ledger.balance(uid, name), ledger.held(uid, name)) for name in names}
        for position in account.positions.values():
            standing = found.get(position.currency)
            if standing is not None:
                self._add(standing, position)
        return found

    def margin_left(self, account: Account, currency: str) -> Decimal:
        """Give what a new order may use as margin."""
        if account.level == "3":
            price = self.usd(currency)
            return divided_freely(self.pooled(account, "available"), price) if price else ZERO
        if not account.positions:
            return self.ledger.available(account.uid, currency)
        return self.of(account, (currency,))[currency].available

    def cash_left(self, account: Account, currency: str) -> Decimal:
        """Give what may be spent: never profit that is not realized, never what positions need."""
        cash = self.ledger.available(account.uid, currency)
        return min(cash, self.margin_left(account, currency)) if account.positions else cash

    def spare(self, account: Account, currency: str) -> Decimal:
        """Give what may leave an account: what may be spent, and nothing that stands for what is owed."""
        left, ledger = self.cash_left(account, currency), self.ledger
        owes = any(ledger.balance(account.uid, name) < 0 for name in ledger.currencies(account.uid))
        return min(left, self.margin_left(account, currency)) if owes else left

    def pooled(self, account: Account, figure: str) -> Decimal:
        """Give a figure of an account over all currencies, in USD."""
        total = ZERO
        for currency, standing in self.of(account).items():
            total = plus(total, times(getattr(standing, figure), self.usd(currency)))
        return total

    def usd(self, currency: str) -> Decimal:
        """Give what one unit of a currency is worth."""
        return self.marks.dollars(currency)

    def initial(self, instrument: Instrument, size: Decimal, price: Decimal, leverage: int) -> Decimal:
        """Give the margin of a new size at a price; that of an option is its seller's."""
        if instrument.kind == "OPTION":
            return times(times(size, instrument.terms.value), self._option_share(instrument))
        return divided_freely(instrument.worth(size, price), Decimal(leverage))

    def maintenance(self, position: Position, price: Decimal) -> Decimal:
        """Give the margin a position must keep at a price."""
        size, instrument = position.size.copy_abs(), position.instrument
        if instrument.kind == "OPTION":
            return ZERO if position.long else times(times(size, instrument.terms.value), _OPTION_MAINTENANCE)
        return times(instrument.worth(size, price), maintenance_rate(instrument, size))

    def required(self, position: Position) -> Decimal:
        """Give the margin a position must keep at the mark, and the fee of closing it there, in USD."""
        mark = self.marks.mark_price(position.instrument)
        return times(plus(self.maintenance(position, mark), closing_fee(position, mark)), self.usd(position.currency))

    def ratio(self, position: Position) -> Decimal:
        """Give what an isolated position has, over what it must keep; at 1 it is liquidated."""
        mark = self.marks.mark_price(position.instrument)
        has = plus(position.margin, position.profit(mark))
        if position.instrument.kind == "OPTION":
            if position.long:
                return Decimal("Infinity")
            has = minus(position.margin, position.worth(mark))
        needs = plus(self.maintenance(position, mark), closing_fee(position, mark))
        return divided_freely(has, needs) if needs else Decimal("Infinity")

    def carried(self, account: Account, currency: str) -> bool:
        """Whether cross positions have more behind them than they must keep."""
        if account.level == "3":
            return self.pooled(account, "cross") > self.pooled(account, "required")
        standing = self.of(account, (currency,))[currency]
        return standing.cross > standing.required or not standing.required

    def _add(self, standing: Standing, position: Position) -> None:
        mark = self.marks.mark_price(position.instrument)
        if position.mode == "isolated":
            standing.isolated = plus(standing.isolated, position.margin)
            gain = position.profit(mark)
            if position.instrument.kind == "OPTION":
                gain = position.worth(mark) if position.long else position.worth(mark).copy_negate()
            standing.isolated_profit = plus(standing.isolated_profit, gain)
            return
        standing.maintenance = plus(standing.maintenance, self.maintenance(position, mark))
        standing.closing = plus(standing.closing, closing_fee(position, mark))
        if position.instrument.kind == "OPTION":
            value = position.worth(mark)
            standing.options = plus(standing.options, value if position.long else value.copy_negate())
            if position.long:
                return
            standing.owed = minus(standing.owed, value)
        else:
            standing.profit = plus(standing.profit, position.profit(mark))
        size = position.size.copy_abs()
        standing.initial = plus(standing.initial, self.initial(position.instrument, size, mark, position.leverage))

    def _option_share(self, instrument: Instrument) -> Decimal:
        """Give a seller's margin in shares of the underlying: less the further out of the money, but not below 10%."""
        contract = instrument.terms
        index = self.marks.index_price(contract.family)
        out = minus(contract.strike, index) if contract.right == "C" else minus(index, contract.strike)
        share = minus(_OPTION_INITIAL, divided_freely(max(out, ZERO), index))
        return max(share, _OPTION_LEAST)
