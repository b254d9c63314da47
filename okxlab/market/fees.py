"""What this account pays for trading."""

import pandas as pd

from okxlab.exchange import Session, read
from okxlab.market.columns import exact_numbers
from okxlab.market.listing import Kind, check_kind


def fee_rates(session: Session, kind: Kind = "SPOT") -> pd.DataFrame:
    """Give this account's fees for one kind of instrument; needs a key.

    Returns
    -------
    DataFrame
        Index ``fee_group``, as `okxlab.instruments` names it of each instrument; exact Decimals ``maker`` and
        ``taker``: fractions of what is traded, positive when paid, negative for a rebate (OKX sends them with the
        opposite sign); ``level`` (str), such as ``Lv1``.

    Raises
    ------
    InputError
        For an unknown kind.
    CredentialsError
        When the session has no key.
    """
    row = read(session, "privateGetAccountTradeFee", {"instType": check_kind(kind)})[0]
    groups = row.get("feeGroup") or [{**row, "groupId": ""}]  # older answers know no groups
    rates = {side: exact_numbers(group.get(side) for group in groups) for side in ("maker", "taker")}
    index = pd.Index([str(group["groupId"]) for group in groups], name="fee_group", dtype="str")
    paid = {side: [None if rate is None else -rate for rate in sent] for side, sent in rates.items()}
    return pd.DataFrame({**paid, "level": str(row.get("level", ""))}, index=index)
