"""The store in a folder, in memory and on S3: what goes in comes out once, and it knows what it does not have."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from okxlab.errors import CandleError, InputError, StoreError
from okxlab.store import Series, Store, Written, open_store

DAY = 1440


def at(text):
    return pd.Timestamp(text, tz="UTC")


def test_what_was_written_is_read_back_in_a_new_store(spot, store, series, bars):
    """Bars of two months come back equal, also to whoever opens the place next."""
    frame = bars("2024-01-31", 2 * DAY)

    written = store.write(series, frame, source="okx")

    assert written == Written(added=2 * DAY)
    assert_frame_equal(spot.open().read(series), frame, check_freq=False)
    assert store.verify().empty


def test_reading_a_span_gives_its_rows_and_no_others(store, series, bars):
    """Start belongs to the span, end does not, and a span may lie inside a month or over its edge."""
    frame = bars("2024-01-30", 4 * DAY)
    store.write(series, frame, source="okx")

    for start, end in [("2024-01-30 05:00", "2024-01-30 05:01"), ("2024-01-31 12:00", "2024-02-01 12:00")]:
        wanted = frame[(frame.index >= at(start)) & (frame.index < at(end))]
        assert_frame_equal(store.read(series, start, end), wanted, check_freq=False)


def test_reading_what_is_not_there_gives_an_empty_frame_of_the_same_shape(store, series, bars):
    """Before the first write, and outside of what was written, the columns are those of bars."""
    nothing = store.read(series)
    store.write(series, bars("2024-01-01", 3), source="okx")
    beside = store.read(series, "2024-02-01", "2024-03-01")

    for frame in (nothing, beside):
        assert frame.empty
        assert_frame_equal(frame, store.read(series).iloc[:0], check_freq=False)


def test_a_row_written_again_takes_the_older_ones_place(store, series, bars):
    """The same key twice is one row, the newer; what was new, other and the same is counted."""
    old, new = bars("2024-01-01", 10), bars("2024-01-01 00:05", 10, seed=2)
    new.iloc[0] = old.iloc[5]
    store.write(series, old, source="okx")

    written = store.write(series, new, source="okx")

    assert written == Written(added=5, replaced=4, unchanged=1)
    assert_frame_equal(store.read(series), pd.concat([old.iloc[:5], new]), check_freq=False)


def test_writing_the_same_again_changes_nothing_on_disk(spot, store, series, bars):
    """A repeated write adds no row and leaves every file as it is."""
    frame = bars("2024-01-01", 100)
    store.write(series, frame, span=("2024-01-01", "2024-01-01 01:40"), source="okx")
    before = spot.filesystem.find(store.url)

    written = store.write(series, frame, span=("2024-01-01", "2024-01-01 01:40"), source="okx")

    assert written == Written(unchanged=100)
    assert spot.filesystem.find(store.url) == before


def test_replaced_files_are_removed(spot, store, series, bars):
    """After a write there is one data file a month."""
    for day in range(1, 4):
        store.write(series, bars(f"2024-01-{day:02}", DAY), source="okx")

    files = [path for path in spot.filesystem.find(store.url) if path.endswith(".parquet")]

    assert len(files) == 1


def test_a_column_the_new_row_lacks_keeps_its_value(store, series, bars):
    """Rows without the optional column do not erase it, and rows that never had it hold NaN."""
    old = bars("2024-01-01", 2).assign(volume_quote=[5.0, 6.0])
    store.write(series, old, source="okx")

    written = store.write(series, bars("2024-01-01 00:01", 2, seed=9), source="okx")

    assert written == Written(added=1, replaced=1)
    assert store.read(series)["volume_quote"].tolist()[:2] == [5.0, 6.0]
    assert np.isnan(store.read(series)["volume_quote"].iloc[2])


def test_the_unfinished_bar_is_refused_until_it_has_finished(store, clock, series, bars):
    """A bar is taken from the moment on in which it ends, and not a millisecond earlier."""
    clock.set("2024-01-01 00:01")
    clock.ms -= 1
    bar = bars("2024-01-01", 1)
    with pytest.raises(CandleError, match="not finished"):
        store.write(series, bar, source="okx")
    assert store.read(series).empty

    clock.ms += 1

    assert store.write(series, bar, source="okx") == Written(added=1)


def test_a_span_that_reaches_into_the_unfinished_bar_is_refused(store, clock, series, bars):
    """No source can have answered completely what has not happened yet."""
    clock.set("2024-01-01 00:02:30")
    with pytest.raises(InputError, match=r"End it at 2024-01-01 00:02:00"):
        store.write(series, bars("2024-01-01", 2), span=("2024-01-01", "2024-01-01 00:02:30"), source="okx")

    store.write(series, bars("2024-01-01", 2), span=("2024-01-01", "2024-01-01 00:02"), source="okx")

    assert store.missing(series, "2024-01-01", "2024-01-02") == []


def test_a_source_that_answered_a_span_covers_all_of_it(store, series, bars):
    """What nobody was asked for is missing; what was asked for and not given is absent."""
    frame = bars("2024-01-01", 60).drop(pd.date_range("2024-01-01 00:20", periods=5, freq="min", tz="UTC"))
    store.write(series, frame, span=("2024-01-01", "2024-01-01 01:05"), source="okx")

    assert store.missing(series, "2023-12-31", "2024-01-02") == [
        (at("2023-12-31"), at("2024-01-01")),
        (at("2024-01-01 01:05"), at("2024-01-02")),
    ]
    holes = store.absent(series)
    assert holes["start"].tolist() == [at("2024-01-01 00:20"), at("2024-01-01 01:00")]
    assert holes["end"].tolist() == [at("2024-01-01 00:25"), at("2024-01-01 01:05")]
    assert holes[["bars", "source", "reason"]].to_numpy().tolist() == [
        [5, "okx", "between bars"],
        [5, "okx", "after the last bar"],
    ]


def test_bars_without_a_span_cover_only_themselves(store, series, bars):
    """A hole between bars nobody asked for as a whole is missing, not absent."""
    store.write(series, bars("2024-01-01", 10), source="file")
    store.write(series, bars("2024-01-01 00:20", 10), source="file")

    assert store.missing(series, "2024-01-01", "2024-01-01 00:30") == [(at("2024-01-01 00:10"), at("2024-01-01 00:20"))]
    assert store.absent(series).empty


def test_an_empty_answer_covers_its_span(store, series):
    """A source that has nothing for a span is not asked again."""
    written = store.write(series, pd.DataFrame(), span=("2020-01-01", "2020-02-01"), source="okx")

    assert written == Written()
    assert store.missing(series, "2020-01-01", "2020-02-01") == []
    assert store.absent(series)[["bars", "reason"]].to_numpy().tolist() == [[31 * DAY, "before the first bar"]]


def test_a_hole_another_source_fills_is_absent_no_more(store, series, bars):
    """Each span keeps the source that answered it last."""
    frame = bars("2024-01-01", 60)
    store.write(series, frame.drop(frame.index[20:30]), span=("2024-01-01", "2024-01-01 01:00"), source="okx")

    store.write(series, frame.iloc[20:30], span=("2024-01-01 00:20", "2024-01-01 00:30"), source="archive")

    assert store.absent(series).empty
    assert store.spans(series)["source"].tolist() == ["okx", "archive", "okx"]
    assert_frame_equal(store.read(series), frame, check_freq=False)


def test_missing_ends_with_the_last_finished_bar(store, clock, series):
    """Nobody is sent to fetch a bar that is still being made."""
    clock.set("2024-01-01 00:05:30")

    assert store.missing(series, "2024-01-01", "2024-01-02") == [(at("2024-01-01"), at("2024-01-01 00:05"))]
    assert store.missing(series, "2024-01-03", "2024-01-04") == []


def test_coverage_has_a_row_for_each_series(store, series, bars):
    """Coverage counts rows, files, bytes, spans and gaps, and says how numbers are written."""
    hours = Series("okx", "mark", "BTC-USDT-SWAP", "1h")
    store.write(
        series,
        bars("2024-01-31", 2 * DAY).drop(at("2024-02-01 12:00")),
        span=("2024-01-31", "2024-02-02"),
        source="okx",
    )
    store.write(hours, bars("2024-01-01", 24, freq="h").drop(columns="volume") / 3, source="file")

    rows = store.coverage().set_index("kind")

    candles = rows.loc["candles"]
    assert (candles["rows"], candles["files"], candles["spans"], candles["gaps"]) == (2 * DAY - 1, 2, 1, 1)
    assert (candles["first"], candles["last"]) == (at("2024-01-31"), at("2024-02-01 23:59"))
    assert candles["encoding"] == "open 1, high 1, low 1, close 1, volume 8"
    assert candles["bytes"] > 0
    assert rows.loc["mark", "encoding"] == "open float, high float, low float, close float"
    assert rows.loc["mark", ["source", "timeframe"]].tolist() == ["file", "1h"]
    assert store.series() == [series, hours]


def test_an_empty_store_says_that_it_is_empty(store, series):
    """Every question has an answer of the right shape before the first write."""
    assert store.coverage().empty
    assert store.verify().empty
    assert store.absent(series).empty
    assert store.spans(series).empty
    assert store.files(series) == []
    assert store.missing(series, "2024-01-01", "2024-01-02") == [(at("2024-01-01"), at("2024-01-02"))]


def test_trades_of_one_millisecond_are_told_apart_by_id(store):
    """Trades that share a time stay, in order of id; the same id again is one trade."""
    trades = Series("okx", "trades", "BTC-USDT")
    index = pd.DatetimeIndex(["2024-01-01 23:59:59.999"] * 3 + ["2024-01-02"], tz="UTC", name="time").as_unit("us")
    frame = pd.DataFrame({"price": [1.5, 2.5, 2.5, 3.5], "size": [1.0, 2.0, 2.0, 1e-8]}, index=index)
    frame = frame.assign(side=["buy", "sell", "sell", "buy"], id=[11, 12, 13, 14])
    store.write(trades, frame.iloc[[2, 0]], source="okx")

    written = store.write(trades, frame, span=("2024-01-01", "2024-01-03"), source="okx")

    assert written == Written(added=2, unchanged=2)
    assert_frame_equal(store.read(trades), frame)
    assert [file.rows for file in store.files(trades)] == [3, 1]
    assert store.verify().empty


def test_trades_without_ids_are_told_apart_by_their_place(store):
    """The second trade of a millisecond is the second one again when the span is pulled again."""
    trades = Series("binance", "trades", "ETH-USDT")
    index = pd.DatetimeIndex(["2024-01-01"] * 2 + ["2024-01-01 00:00:01"], tz="UTC", name="time").as_unit("us")
    frame = pd.DataFrame(
        {"price": [1.0, 1.0, 2.0], "size": [1.0, 1.0, 3.0], "side": ["buy", "buy", "sell"]}, index=index
    )
    store.write(trades, frame.iloc[:2], source="file")

    assert store.write(trades, frame, source="file") == Written(added=1, unchanged=2)
    assert_frame_equal(store.read(trades), frame)
    with pytest.raises(InputError, match="has no ids"):
        store.write(trades, frame.assign(id=[1, 2, 3]), source="okx")


def test_funding_keeps_stamps_off_the_hour(store):
    """Settlements lie where the venue stamped them."""
    funding = Series("binance", "funding", "BTC-USDT-SWAP")
    index = pd.DatetimeIndex(["2024-01-01 00:00:00.007", "2024-01-01 08:00"], tz="UTC", name="time").as_unit("us")
    frame = pd.DataFrame({"funding_rate": [0.0001, -2.5e-05]}, index=index)
    store.write(funding, frame, span=("2024-01-01", "2024-01-02"), source="file")

    assert_frame_equal(store.read(funding), frame)
    assert store.absent(funding).empty
    assert store.missing(funding, "2024-01-01", "2024-01-03") == [(at("2024-01-02"), at("2024-01-03"))]


def test_weeks_open_on_mondays(store, bars):
    """A week's bar lies on a Monday; one on another day is refused."""
    weeks = Series("okx", "candles", "BTC-USDT", "1w")
    store.write(weeks, bars("2024-01-01", 2, freq="7D"), span=("2023-12-26", "2024-01-15"), source="okx")

    assert store.missing(weeks, "2023-12-26", "2024-01-15") == []
    with pytest.raises(CandleError, match="no bar of 1w opens"):
        store.write(weeks, bars("2024-01-02", 1), source="okx")


def test_files_say_how_to_read_them_without_okxlab(spot, store, series, bars):
    """Any Parquet reader gets the values from the paths and digits the store names."""
    frame = bars("2024-01-31", 2 * DAY)
    frame.iloc[5, 1] = 1 / 3  # the first file's high cannot be whole ticks
    store.write(series, frame, source="okx")
    read = []
    for file in store.files(series):
        with spot.filesystem.open(file.path) as opened:
            raw = pd.read_parquet(opened)
        read.append(raw.assign(**{name: raw[name] / 10**d for name, d in file.encoding.items() if d is not None}))

    assert [file.encoding["high"] for file in store.files(series)] == [None, 1]
    assert [(file.first, file.last) for file in store.files(series)] == [
        (at("2024-01-31"), at("2024-01-31 23:59")),
        (at("2024-02-01"), at("2024-02-01 23:59")),
    ]
    whole = pd.concat(read)
    assert (whole[list(frame.columns)].to_numpy() == frame.to_numpy()).all()
    assert (pd.to_datetime(whole["ts"], unit="ms", utc=True).array == frame.index).all()


def test_what_was_read_may_be_changed(store, series, bars):
    """A frame belongs to its reader, and changing it changes nothing in the store."""
    frame = bars("2024-01-01", 3)
    frame["close"] = [1 / 3, 2 / 3, np.pi]
    store.write(series, frame, source="okx")
    read = store.read(series)

    read.iloc[:] = 0.0

    assert (read.to_numpy() == 0).all()
    assert_frame_equal(store.read(series), frame, check_freq=False)


BAD = {
    "no frame": (lambda f: [1, 2], "not a DataFrame"),
    "no time": (lambda f: f.reset_index(drop=True), "no aware time"),
    "no zone": (lambda f: f.tz_localize(None), "no aware time"),
    "a column short": (lambda f: f.drop(columns="close"), "lacks the column 'close'"),
    "a column over": (lambda f: f.assign(rsi=1.0), "a column too many, 'rsi'"),
    "a column twice": (lambda f: pd.concat([f, f["close"]], axis=1), "a column too many, 'close'"),
    "unsorted": (lambda f: f.iloc[::-1], "earlier than the row before"),
    "a time twice": (lambda f: f.iloc[[0, 0]], "repeats a time"),
    "off the grid": (lambda f: f.set_axis(f.index + pd.Timedelta("1s")), "no bar of 1m opens"),
    "a microsecond": (lambda f: f.set_axis(f.index + pd.Timedelta("1us")), "whole millisecond"),
    "text": (lambda f: f.assign(close="much"), "no number"),
    "no time in a row": (lambda f: f.set_axis([pd.NaT, f.index[1]]), "has no time"),
}


@pytest.mark.parametrize(("spoil", "says"), BAD.values(), ids=BAD)
def test_a_frame_that_does_not_fit_is_refused_and_nothing_is_written(tmp_path, bars, spoil, says):
    """The refusal names what is wrong, and the store stays as it was."""
    minutes = Series("okx", "candles", "BTC-USDT", "1m")

    with pytest.raises(InputError, match=says):
        Store(tmp_path).write(minutes, spoil(bars("2024-01-01", 2)), source="okx")

    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"span": ("2024-01-02", "2024-01-01"), "source": "okx"}, "before its start"),
        ({"span": ("yesterday", "2024-01-01"), "source": "okx"}, "not a date"),
        ({"span": "2024-01-02", "source": "okx"}, "The span is"),
        ({"source": ""}, "The source is"),
    ],
)
def test_a_span_or_source_that_cannot_be_is_refused(tmp_path, series, bars, told, says):
    """A span is a start and a later end, and a source has a name."""
    with pytest.raises(InputError, match=says):
        Store(tmp_path).write(series, bars("2024-01-01", 2), **told)


@pytest.mark.parametrize(
    "parts",
    [
        ("OKX", "candles", "BTC-USDT", "1m"),
        ("../okx", "candles", "BTC-USDT", "1m"),
        ("okx", "books", "BTC-USDT", ""),
        ("okx", "candles", "BTC/USDT", "1m"),
        ("okx", "candles", "../BTC-USDT", "1m"),
        ("okx", "candles", "BTC-USDT", "7m"),
        ("okx", "candles", "BTC-USDT", ""),
        ("okx", "trades", "BTC-USDT", "1m"),
    ],
)
def test_a_series_that_cannot_be_is_refused(parts):
    """A series has an exchange, a kind, OKX's spelling of a symbol and a bar that exists."""
    with pytest.raises(InputError):
        Series(*parts)


@pytest.mark.parametrize("timeframe", ["2d", "3d", "1M", "3M"])
def test_bars_that_no_store_keeps_are_refused_with_what_to_do(timeframe):
    """OKX has them, so the refusal does not call them none."""
    with pytest.raises(InputError, match=f"A store keeps no bars of {timeframe}.*without a store"):
        Series("okx", "candles", "BTC-USDT", timeframe)


@pytest.mark.parametrize("form", ["file://{}", "file://localhost{}", "FILE://LocalHost{}", "local://{}"])
def test_url_of_a_folder_is_the_folder(tmp_path, clock, series, bars, form):
    """However the URL is spelled, its folder is the one that a path names, spaces, capitals and signs included."""
    Store(tmp_path / "My Data 100%", clock).write(series, bars("2024-01-01", 2), source="okx")

    store = Store(form.format(f"{tmp_path}/My%20Data%20100%25"), clock)

    assert store.url == str(tmp_path / "My Data 100%")
    assert len(store.read(series)) == 2


@pytest.mark.parametrize("url", ["file://elsewhere/data", "file://data", "file://~/data", "file://"])
def test_url_of_another_machines_folder_is_refused(url):
    """What follows the two strokes is a machine, and only this one's folders are files."""
    with pytest.raises(InputError, match=r"no folder of this machine.*file:///folder"):
        Store(url)


def test_the_store_of_a_workspace_lies_in_its_own_folder(tmp_path, series, bars):
    """open_store finds the workspace and keeps its data with its state."""
    open_store(tmp_path).write(series, bars("2024-01-01", 2), source="okx")

    assert open_store(tmp_path).url == str(tmp_path / ".okxlab" / "data")
    assert len(Store(tmp_path / ".okxlab" / "data").read(series)) == 2


def test_a_place_that_cannot_be_opened_is_refused_in_words():
    """A kind of place nobody knows is an InputError."""
    with pytest.raises(InputError, match="nowhere://x cannot be opened"):
        Store("nowhere://x")


def test_a_url_with_a_password_is_refused_without_saying_it():
    """Messages and frames name the store by its URL, so a secret is no part of it."""
    with pytest.raises(InputError, match="holds a password") as refused:
        Store("sftp://me:hush@127.0.0.1/data")

    assert "hush" not in str(refused.value)


def test_a_place_where_nobody_answers_is_told_in_words():
    """A host that refuses the connection when the store is opened is a StoreError."""
    with pytest.raises(StoreError, match="cannot be reached"):
        Store("ftp://127.0.0.1:1/data")


def test_a_file_in_the_stores_place_is_told_in_words(tmp_path, series, bars):
    """Where a folder cannot be made, reading and writing are StoreErrors that name the place."""
    (tmp_path / "data").write_text("mine")
    store = Store(tmp_path / "data")

    with pytest.raises(StoreError, match=r"data cannot be used"):
        store.write(series, bars("2024-01-01", 2), source="okx")
    with pytest.raises(StoreError, match=r"data cannot be used"):
        store.read(series)


def test_keys_that_are_not_there_are_told_in_words(s3_options, series, monkeypatch, tmp_path):
    """S3 without any keys is a StoreError, not botocore's own."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(StoreError, match="cannot be reached: Unable to locate credentials"):
        Store("s3://market/x", options={"endpoint_url": s3_options["endpoint_url"]}).read(series)


def test_a_bucket_that_does_not_exist_is_told_in_words(s3_options, clock, series, bars):
    """Writing to nowhere is a StoreError with the address and what to check."""
    with pytest.raises(StoreError, match=r"s3://absent/x cannot be reached"):
        Store("s3://absent/x", clock, options=s3_options).write(series, bars("2024-01-01", 2), source="okx")
