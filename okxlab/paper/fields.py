"""Fields that OKX lists and that are empty here."""


def blank(names: str) -> dict[str, object]:
    """Give a row of empty fields.

    >>> blank("ccy lever")
    {'ccy': '', 'lever': ''}
    """
    return dict.fromkeys(names.split(), "")
