"""Values as HTML tables. Everything that comes from outside is escaped here and nowhere else."""

from collections.abc import Iterable
from decimal import Decimal
from html import escape

from okxlab.grid import GridSpec, Plan, Result
from okxlab.model import plain
from okxlab.trading import BotStatus
from okxlab.widgets.words import Words

STYLE = """<style>
.okx-form { max-width: 1120px; padding: 4px 2px; overflow: hidden; }
.okx-form .widget-html { height: auto; margin: 0; }
.okx-form .widget-html-content { line-height: 1.45; font-size: 13px; overflow: visible; }
.okx-form .okx-head { font-weight: 600; font-size: 14px; margin: 4px 0; color: var(--jp-ui-font-color1); }
.okx-form .okx-section { border-top: 1px solid var(--jp-border-color2, #e0e0e0); padding-top: 8px; margin-top: 14px; }
.okx-form .okx-error { color: #9c2f00; padding-left: 96px; max-width: 100%; }
.okx-form .okx-error-wide { padding-left: 2px; }
.okx-form .okx-error div { white-space: normal; overflow-wrap: anywhere; }
.okx-form .okx-note { color: var(--jp-ui-font-color2, #616161); }
.okx-form .okx-spacing { display: flex; width: 100%; }
.okx-form .okx-spacing > label { flex: none; text-align: right; margin-right: 8px; }
.okx-form .okx-indented { padding-left: 94px; }
.okx-form .okx-chart, .okx-form .okx-chart > *, .okx-form .okx-chart .js-plotly-plot { min-width: 0; width: 100%; }
.okx-form .okx-chart { overflow: hidden; }
.okx-form table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.okx-form table.okx-facts th, .okx-form table.okx-facts td { padding: 3px 18px 3px 0; text-align: left;
  vertical-align: top; }
.okx-form table.okx-facts th { font-weight: 400; color: var(--jp-ui-font-color2, #616161); }
.okx-form table.okx-rows { width: 100%; }
.okx-form table.okx-rows td, .okx-form table.okx-rows th { padding: 2px 10px; text-align: right;
  border-bottom: 1px solid var(--jp-border-color2, #e0e0e0); white-space: nowrap; }
.okx-form table.okx-rows thead th { position: sticky; top: 0; background: var(--jp-layout-color1, #fff);
  font-weight: 400; color: var(--jp-ui-font-color2, #616161); }
.okx-form .okx-buy td.okx-side { color: #0072b2; font-weight: 600; }
.okx-form .okx-sell td.okx-side { color: #b04a00; font-weight: 600; }
.okx-form .okx-now td { font-style: italic; background: var(--jp-layout-color2, #f5f5f5); }
.okx-form dl.okx-tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); gap: 10px 16px;
  margin: 8px 0; font-variant-numeric: tabular-nums; }
.okx-form dl.okx-tiles dt, .okx-form dl.okx-tiles dd { float: none; display: block; width: auto; margin: 0; }
.okx-form dl.okx-tiles dt { color: var(--jp-ui-font-color2, #616161); font-weight: 400; }
.okx-form dl.okx-tiles dd { font-size: 15px; }
.okx-form .okx-stale { border-left: 3px solid #d55e00; padding-left: 8px; }
.okx-form .okx-stale div { white-space: normal; color: var(--jp-ui-font-color1); }
.okx-form p.okx-warning { margin: 6px 0; padding: 4px 8px; border-left: 3px solid #d55e00; white-space: normal; }
</style>"""

Fact = tuple[str, str]


def heading(text: str) -> str:
    """Give a heading."""
    return f'<div class="okx-head" role="heading" aria-level="3">{escape(text)}</div>'


def fact_table(facts: Iterable[Fact]) -> str:
    """Give a table of names and values."""
    rows = "".join(f"<tr><th scope='row'>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
    return f'<table class="okx-facts">{rows}</table>'


def tiles(facts: Iterable[Fact]) -> str:
    """Give names and values side by side, as many in a row as there is room for."""
    cells = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    return f'<dl class="okx-tiles">{cells}</dl>'


def plan_view(plan: Plan, words: Words) -> str:
    """Give the plan's figures and warnings."""
    made, base, quote = plan.ladder, plan.ladder.instrument.base, plan.ladder.instrument.quote
    launch = words("launch_value", size=plain(made.size * made.launch_units), base=base, units=made.launch_units)
    facts = [
        (words("unit"), f"{plain(plan.size)} {base}"),
        (words("launch"), launch),
        (words("minimum"), f"{money(plan.minimum_investment)} {quote}"),
        (words("profit"), words("profit_value", low=percent(plan.profit_low), high=percent(plan.profit_high))),
        (words("break_even"), f"{plain(plan.break_even_step)} {quote}"),
        (words("unspent"), f"{money(plan.unspent)} {quote}"),
    ]
    warnings = "".join(f'<p class="okx-warning" role="alert">⚠ {escape(text)}</p>' for text in plan.warnings)
    return fact_table(facts) + warnings


def ladder_view(plan: Plan, words: Words) -> str:
    """Give every level from the highest down: what rests there, and where the launch price lies."""
    made = plan.ladder
    columns = (plan.orders[name] for name in ("price", "side", "size", "value"))
    resting = {
        price: (str(side), [plain(size), money(value)]) for price, side, size, value in zip(*columns, strict=True)
    }
    names = [words(name) for name in ("price", "side", "size", "value")]
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in names)
    body, launched = [], False
    for price in reversed(plan.levels):
        if not launched and price < made.launch_price:
            body.append(_launch_row(made.launch_price, words))
            launched = True
        side, cells = resting.get(price, ("empty", ["", ""]))
        body.append(_level_row(side, [plain(price), words(side), *cells]))
    if not launched:
        body.append(_launch_row(made.launch_price, words))
    return f'<table class="okx-rows"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def grid_text(spec: GridSpec, words: Words) -> str:
    """Name a grid by its values."""
    numbers = {name: plain(getattr(spec, name)) for name in ("low", "high", "investment")}
    spacing, quote = words(spec.spacing).lower(), spec.symbol.rpartition("-")[2]
    return words("grid_value", symbol=spec.symbol, grids=spec.grids, spacing=spacing, quote=quote, **numbers)


def backtest_view(result: Result, days: int, words: Words) -> str:
    """Give which grid a backtest played, over how many days, and what it ended with."""
    asked = [(words("grid"), grid_text(result.spec, words)), (words("days_tested"), str(days))]
    return fact_table(asked) + _ended(result, words)


def row_view(row: object, result: Result, words: Words) -> str:
    """Give which row of a sweep was played, and what it ended with."""
    asked = [(words("row"), str(row)), (words("grid"), grid_text(result.spec, words))]
    return fact_table(asked) + _ended(result, words)


def ledger_view(result: Result, most: int, words: Words) -> str:
    """Give the last fills of a backtest as a table, newest first."""
    fills, quote = result.fills, result.ladder.instrument.quote
    shown = fills.iloc[: -most - 1 : -1]
    columns = (shown[name] for name in ("time", "side", "level", "price", "size", "fee_quote"))
    rows = [
        _level_row(side, [f"{time:%Y-%m-%d %H:%M}", words(side), *map(plain, (Decimal(level), price, size, fee))])
        for time, side, level, price, size, fee in zip(*columns, strict=True)
    ]
    names = ("time", "side", "interval", "price", "size", "fee")
    head = "".join(f"<th>{escape(words(name))}</th>" for name in names[:-1])
    head += f"<th>{escape(words('fee'))} ({escape(quote)})</th>"
    told = escape(words("fills_shown", shown=f"{len(rows):,}", fills=f"{len(fills):,}"))
    table = f'<table class="okx-rows"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return f"{heading(words('head_ledger'))}<p>{told}</p>{table}"


def _ended(result: Result, words: Words) -> str:
    summary, quote = {name: Decimal(value) for name, value in result.summary.items()}, result.ladder.instrument.quote
    invested = result.spec.investment
    return tiles(
        [
            (words("round_trips"), plain(summary["round_trips"])),
            (words("fills"), f"{plain(summary['buys'])} / {plain(summary['sells'])}"),
            (words("grid_profit"), f"{money(summary['grid_profit'])} {quote}"),
            (words("floating_profit"), f"{money(summary['floating_profit'])} {quote}"),
            (words("fees"), f"{money(summary['fees'])} {quote}"),
            (words("equity_end"), f"{money(summary['equity_end'])} {quote}"),
            (words("total_return"), percent(summary["equity_end"] / invested - 1)),
            (words("missing"), str(int(result.gaps["missing"].sum()))),
        ]
    )


def preview_view(plan: Plan, available: Decimal, words: Words) -> str:
    """Give what a placement would do: the purchase at launch, the orders that rest, the money."""
    made, base, quote = plan.ladder, plan.ladder.instrument.base, plan.ladder.instrument.quote
    size, cost = plain(made.size * made.launch_units), money(made.launch_cost)
    sides = list(plan.orders["side"])
    buy = words("preview_buy_value", size=size, base=base, cost=cost, quote=quote)
    orders = words(
        "preview_orders_value",
        orders=len(sides),
        buys=sides.count("buy"),
        sells=sides.count("sell"),
        low=plain(min(plan.orders["price"])),
        high=plain(max(plan.orders["price"])),
    )
    facts = [
        (words("preview_buy"), buy if made.launch_units else words("preview_nothing")),
        (words("preview_orders"), orders),
        (words("preview_money"), f"{plain(plan.spec.investment)} {quote}"),
        (words("preview_account"), f"{money(available)} {quote}"),
    ]
    return heading(words("head_preview")) + fact_table(facts)


def status_view(status: BotStatus, quote: str, words: Words) -> str:
    """Give how a bot stands."""
    facts = [
        (words("state"), words(f"state_{status.state}")),
        (words("run"), status.run),
        (words("last_price"), f"{plain(status.price)} {quote}"),
        (words("resting"), f"{status.resting_buys} / {status.resting_sells}"),
        (words("fills"), f"{status.buys} / {status.sells}"),
        (words("grid_profit"), f"{money(status.grid_profit)} {quote}"),
        (words("fees"), f"{money(status.fees)} {quote}"),
    ]
    return tiles(facts)


def money(amount: Decimal) -> str:
    """Write an amount with thousands separators and two decimals, or six where it is below one.

    >>> money(Decimal("1234.5678")), money(Decimal("0.0012345")), money(Decimal("-3"))
    ('1,234.57', '0.001234', '-3.00')
    """
    return f"{amount:,.2f}" if amount == 0 or abs(amount) >= 1 else f"{amount:,.6f}"


def percent(rate: Decimal) -> str:
    """Write a fraction as a percentage with two decimals.

    >>> percent(Decimal("0.012345"))
    '1.23%'
    """
    return f"{rate:.2%}"


def _level_row(side: str, cells: list[str]) -> str:
    price, word, *rest = (escape(cell) for cell in cells)
    tail = "".join(f"<td>{cell}</td>" for cell in rest)
    return f'<tr class="okx-level okx-{side}"><td>{price}</td><td class="okx-side">{word}</td>{tail}</tr>'


def _launch_row(price: Decimal, words: Words) -> str:
    cells = f"<td>{escape(plain(price))}</td><td colspan='3'>{escape(words('launch_row'))}</td>"
    return f'<tr class="okx-now">{cells}</tr>'
