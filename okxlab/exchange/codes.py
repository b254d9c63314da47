"""OKX's error codes: which leave open what happened, which close the door, and what to do after each."""

# after these codes the exchange may still have done what was asked
# (51016: the client id is taken, perhaps by this very order)
AMBIGUOUS = frozenset({"50001", "50004", "50005", "50013", "50026", "51016", "51054", "51149", "51412"})
# refused for its moment alone, too soon after others or too late by a clock that is set right meanwhile
UNTIMELY = frozenset({"50011", "50036", "50040", "50061", "50102"})
# the key, its secret or its place is wrong: asking again would be counted as guessing
LOCKING = frozenset({"50101", "50105", "50110", "50111", "50113", "50119"})

_STEPS = {
    "50001": "OKX is under maintenance: wait, and see ox.open_orders(session) before you repeat an order.",
    "50011": "Too many requests: wait two seconds.",
    "50027": "OKX has restricted this account from trading: ask OKX's support; cancelling still works.",
    "50100": "OKX has frozen the API of this account: ask OKX's support, and cancel on OKX's own site or app.",
    "50101": "The key belongs to the other environment: demo keys with demo, live keys with live.",
    "50102": "Set this machine's clock; OKX allows 30 seconds.",
    "50105": "Correct the passphrase.",
    "50110": "Add this machine's address to the key's list.",
    "50111": "Correct the key.",
    "50113": "Correct the secret.",
    "50119": "The key belongs to another OKX site: set [live] host in okxlab.toml.",
    "51000": "Correct the parameter that the message names.",
    "51001": "See ox.instruments(session) for what can be traded.",
    "51008": "Lower the amount or free some balance.",
    "51010": "The account's mode does not trade this: choose another on OKX's site.",
    "51016": "This client id was used before: see ox.open_orders(session), then send a new order under a new id.",
    "51020": "Raise the size to the instrument's minimum: see ox.instruments(session).",
    "51024": "OKX has frozen this account: ask OKX's support.",
    "51025": "Cancel open orders first, or use fewer grids: the exchange limits how many may rest.",
    "51121": "Round the size to the instrument's lot: see ox.instruments(session).",
    "51150": "Round price and size to the instrument's tick and lot: see ox.instruments(session).",
    "51155": "OKX does not let accounts of your country or entity trade this pair: choose another.",
    "51400": "Nothing is left to cancel: see ox.fills(session) and ox.open_orders(session).",
}
_DEFAULT_STEP = "Look the code up in OKX's list of error codes, and see ox.open_orders(session) before you repeat it."


def next_step(code: str) -> str:
    """Give the next step after OKX refused with ``code``; never empty.

    Examples
    --------
    >>> next_step("51008")
    'Lower the amount or free some balance.'
    """
    return _STEPS.get(code, _DEFAULT_STEP)
