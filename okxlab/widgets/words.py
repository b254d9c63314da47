"""Every text a form shows, in English and in simplified Chinese.

Sentences of errors and warnings come from the rooms below and are shown as they are.
"""
# ruff: noqa: RUF001  Chinese punctuation is meant

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "zh"]

LANGUAGES: tuple[Language, ...] = ("en", "zh")

TABLE: Mapping[str, tuple[str, str]] = {
    # fields
    "symbol": ("Symbol", "交易对"),
    "low": ("Low", "最低价"),
    "high": ("High", "最高价"),
    "grids": ("Grids", "网格数"),
    "investment": ("Investment", "投入"),
    "spacing": ("Spacing", "间距"),
    "arithmetic": ("Equal steps", "等差"),
    "geometric": ("Equal ratios", "等比"),
    "days": ("Days", "天数"),
    "accept_losing": (
        "Place it even if its steps are narrower than the fees and every round trip loses money",
        "即使网格间距低于手续费、每次往返都亏损，也要挂单",
    ),
    # buttons
    "refresh_price": ("Refresh price", "刷新价格"),
    "backtest": ("Backtest", "回测"),
    "place": ("Place on paper", "在模拟交易所挂单"),
    "confirm": ("Confirm", "确认"),
    "cancel": ("Cancel", "取消"),
    "stop": ("Stop", "停止"),
    "take_up": ("Take up again", "重新接管"),
    "refresh": ("Refresh", "刷新"),
    # headings
    "head_plan": ("Plan", "方案"),
    "head_ladder": ("Ladder", "挂单阶梯"),
    "head_backtest": ("Backtest", "回测"),
    "head_place": ("Paper trading", "模拟交易"),
    "head_preview": ("What Confirm will do", "确认后将执行"),
    # the market line
    "market": (
        "{symbol}: last price {price} {quote} · fees {maker} resting, {taker} at market",
        "{symbol}：最新价 {price} {quote} · 手续费：挂单 {maker}，吃单 {taker}",
    ),
    "market_unread": ("Reading the market …", "正在读取行情……"),
    # the plan
    "unit": ("Unit per grid", "每格数量"),
    "launch": ("Bought at launch", "启动时买入"),
    "launch_value": ("{size} {base} ({units} units)", "{size} {base}（{units} 份）"),
    "minimum": ("Minimum investment", "最低投入"),
    "profit": ("Profit per round trip", "每次往返收益"),
    "profit_value": ("{low} to {high}", "{low} 至 {high}"),
    "break_even": ("Break-even step", "保本间距"),
    "unspent": ("Unspent", "未用资金"),
    "no_plan": ("Correct the fields to see the plan.", "请先修正输入，再查看方案。"),
    # the ladder
    "price": ("Price", "价格"),
    "side": ("Side", "方向"),
    "size": ("Size", "数量"),
    "value": ("Value", "金额"),
    "buy": ("▲ buy", "▲ 买入"),
    "sell": ("▼ sell", "▼ 卖出"),
    "empty": ("– empty", "– 空"),
    "launch_row": ("launch price", "启动价"),
    # the backtest
    "idle": ("Not run yet.", "尚未运行。"),
    "days_read": ("{done} of {days} days read", "已读取 {done} / {days} 天"),
    "computing": ("Playing the grid over {candles} candles …", "正在用 {candles} 根 K 线回测……"),
    "done": ("{candles} one-minute candles, {start} to {end} UTC", "{candles} 根 1 分钟 K 线，{start} 至 {end} UTC"),
    "days_wrong": (
        "Days is {text!r}, which is not a whole number from 1 to {most}.",
        "天数 {text!r} 不是 1 到 {most} 的整数。",
    ),
    "days_fix": ("Type how many days back to test.", "请输入要回测的天数。"),
    "grid": ("Grid", "网格"),
    "grid_value": (
        "{grids} grids from {low} to {high} on {symbol}, {spacing}, {investment} {quote}",
        "{symbol} {grids} 格，{low} 至 {high}，{spacing}，{investment} {quote}",
    ),
    "days_tested": ("Days asked for", "回测天数"),
    "stale": (
        "These figures are of {grid} (days: {days}); press “{backtest}” again.",
        "以下数据属于 {grid}（天数：{days}）；请再次点击“{backtest}”。",
    ),
    "round_trips": ("Round trips", "往返次数"),
    "fills": ("Buys / sells", "买入 / 卖出"),
    "grid_profit": ("Grid profit", "网格利润"),
    "floating_profit": ("Floating profit", "浮动盈亏"),
    "fees": ("Fees", "手续费"),
    "equity_end": ("Equity at the end", "期末权益"),
    "total_return": ("Return", "收益率"),
    "missing": ("Missing candles", "缺失 K 线"),
    # looking into a sweep
    "head_sweep": ("Sweep", "参数扫描"),
    "head_ledger": ("Ledger", "账目"),
    "sweep_x": ("Across", "横轴"),
    "sweep_y": ("Up", "纵轴"),
    "sweep_value": ("Colour", "颜色"),
    "row": ("Row", "行"),
    "play_row": ("Backtest this row", "回测此行"),
    "sweep_hint": ("Click a cell, or type a row of the table.", "点击一个格子，或输入表格中的行号。"),
    "row_playing": ("Playing row {row} …", "正在回测第 {row} 行……"),
    "row_done": ("Row {row} was played.", "第 {row} 行已回测。"),
    "row_wrong": ("The table has no row {text!r}.", "表格中没有行 {text!r}。"),
    "row_fix": ("Type a label of its index, or click a cell.", "请输入表格索引中的行号，或点击一个格子。"),
    "row_other": (
        "Row {row} ends with {told} in the table and with {played} here.",
        "第 {row} 行在表格中以 {told} 结束，在这里以 {played} 结束。",
    ),
    "row_other_fix": ("Give the candles, fees and fill model of the sweep.", "请给出扫描所用的 K 线、费率和成交模型。"),
    "time": ("Time (UTC)", "时间（UTC）"),
    "interval": ("Interval", "区间"),
    "fee": ("Fee", "手续费"),
    "fills_shown": ("The last {shown} of {fills} fills", "共 {fills} 笔成交，显示最后 {shown} 笔"),
    # placing
    "paper_only": (
        "This session is on {profile}: the form places grids on the paper exchange only.",
        "当前会话为 {profile}：本表单只在模拟交易所挂单。",
    ),
    "losing_fix": (
        "Use fewer grids or a wider range, or tick the box above to lose on purpose.",
        "请减少网格数或扩大区间，或勾选上方选项以明知亏损仍挂单。",
    ),
    "runs_already": ("A grid of this form is already running.", "本表单的网格已在运行。"),
    "rests_still": (
        "This grid no longer rotates, and its orders may still rest.",
        "该网格已停止轮换，其挂单可能仍在。",
    ),
    "rests_fix": (
        "Press “{take_up}”, or change the fields to place another grid.",
        "请点击“{take_up}”，或修改输入以挂新的网格。",
    ),
    "bot_failed": (
        "The grid stopped rotating: {error} Its orders may still rest; “{take_up}” places only what is lacking.",
        "网格已停止轮换：{error} 其挂单可能仍在；“{take_up}”只补挂缺少的订单。",
    ),
    "bot_troubled": (
        "The grid has been in trouble since {since} UTC and goes on by itself once that has passed: {error}",
        "网格自 {since} UTC 起遇到问题，恢复后会自动继续：{error}",
    ),
    "bot_left": (
        "The grid no longer rotates, and its orders rest. “{take_up}” places only what is lacking.",
        "网格已停止轮换，挂单保留。“{take_up}”只补挂缺少的订单。",
    ),
    "taking_up": ("Taking the ladder up again …", "正在重新接管挂单……"),
    "runs_fix": ("Stop it before you place another.", "请先停止，再挂新的网格。"),
    "preparing": ("Reading price and account …", "正在读取价格与账户……"),
    "preview_buy": ("Bought at once", "立即买入"),
    "preview_buy_value": (
        "{size} {base} at market, about {cost} {quote}",
        "市价买入 {size} {base}，约 {cost} {quote}",
    ),
    "preview_nothing": ("nothing", "无"),
    "preview_orders": ("Orders that rest", "挂单"),
    "preview_orders_value": (
        "{orders}: {buys} buys, {sells} sells, {low} to {high}",
        "{orders} 个：{buys} 买 {sells} 卖，{low} 至 {high}",
    ),
    "preview_money": ("Money put to work", "投入资金"),
    "preview_account": ("In the account", "账户余额"),
    "changed": ("The values changed: press “{place}” again.", "输入已更改：请再次点击“{place}”。"),
    "preview_old": (
        "Nothing was placed: the preview was more than {seconds} seconds old. This one is fresh; look again.",
        "未挂单：预览已超过 {seconds} 秒。这是最新的预览，请重新查看。",
    ),
    "preview_moved": (
        "The price is {now} and no longer {before}: {units} units and not {expected} would be bought; look again.",
        "价格已从 {before} 变为 {now}：将买入 {units} 份而非 {expected} 份，请重新查看。",
    ),
    "placing": ("Placing the ladder …", "正在挂单……"),
    "stopping": ("Cancelling the ladder …", "正在撤单……"),
    "stopped": (
        "Stopped: {cancelled} orders cancelled. What was bought stays in the account.",
        "已停止：撤销 {cancelled} 个挂单，已买入的币仍在账户中。",
    ),
    "state": ("State", "状态"),
    "state_running": ("running", "运行中"),
    "state_failed": ("failed", "出错"),
    "state_left": ("left resting", "保留挂单"),
    "state_stopped": ("stopped", "已停止"),
    "run": ("Run", "编号"),
    "resting": ("Resting buys / sells", "挂单 买 / 卖"),
    "last_price": ("Last price", "最新价"),
    # whatever was not foreseen
    "unexpected": (
        "Nothing more was done. Try again; if it comes back, report it.",
        "未执行其他操作。请重试；若再次出现，请反馈。",
    ),
}


class Words:
    """The texts of one language.

    Examples
    --------
    >>> Words("en")("days_read", done=2, days=7), Words("zh")("place")
    ('2 of 7 days read', '在模拟交易所挂单')
    """

    def __init__(self, language: Language) -> None:
        self._place = LANGUAGES.index(language)

    def __call__(self, name: str, **values: object) -> str:
        """Give a text with its values put in; the result is plain text, not HTML."""
        return TABLE[name][self._place].format(**values)
