"""Whatever is sent, the answer is a code and never a 500."""

from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = ["instId", "tdMode", "side", "ordType", "sz", "px", "tgtCcy", "clOrdId", "tag", "ordId", "posSide", "stpMode"]
LIKELY = ["BTC-USDT", "cash", "buy", "sell", "limit", "market", "0.01", "1e9", "9" * 24, "90000", "quote_ccy", "", "-1"]

scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(LIKELY))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2)
)
orders = st.dictionaries(st.sampled_from(NAMES), values, max_size=12)
usual = st.fixed_dictionaries(
    {"instId": st.just("BTC-USDT"), "tdMode": st.just("cash"), "side": st.sampled_from(["buy", "sell"])},
    optional={name: st.sampled_from(LIKELY) for name in ("ordType", "sz", "px", "tgtCcy")},
)
QUERIES = [
    "market/candles?instId=BTC-USDT&bar=1W&after={}",
    "market/candles?instId=BTC-USDT&before={}&limit={}",
    "market/history-candles?instId=BTC-USDT&after={}&before={}",
    "market/books?instId=BTC-USDT&sz={}",
    "market/trades?instId={}&limit={}",
    "trade/order?instId=BTC-USDT&ordId={}",
    "trade/fills?begin={}&end={}",
    "trade/orders-history?instType=SPOT&after={}&limit={}",
    "account/balance?ccy={}",
]
texts = st.one_of(st.integers(-5, 2**70).map(str), st.text(max_size=6), st.sampled_from(LIKELY))
calm = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@calm
@given(st.one_of(orders, usual), st.sampled_from(["trade/order", "trade/cancel-order"]))
def test_any_order_gets_a_code(shared_exchange, fields, path):
    """Text, numbers, nothing, lists and objects in every field."""
    answer = shared_exchange.post(path, fields)

    assert answer.status in {200, 400}
    assert answer.body["code"] in {"0", "1", "50002"}


@calm
@given(st.sampled_from(QUERIES), texts, texts)
def test_any_query_gets_a_code(shared_exchange, query, first, second):
    """Numbers of any size, and text of any kind, in every parameter."""
    answer = shared_exchange.get(query.format(quote(first, safe=""), quote(second, safe="")))

    assert answer.status in {200, 400}
    assert answer.body["code"] in {"0", "50014", "51000", "51001", "51603"}


@calm
@given(st.sampled_from(["step", "print"]), st.dictionaries(st.sampled_from([*NAMES, "until", "most"]), values))
def test_any_control_call_gets_an_answer(shared_exchange, name, fields):
    """The control routes are as strict."""
    assert shared_exchange.control("POST", name, fields).status in {200, 400}
