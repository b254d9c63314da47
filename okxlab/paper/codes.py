"""OKX's answer codes: one table with the HTTP status and what each one says."""

from okxlab.errors import PaperError

# code: (HTTP status, text); {} takes the parameter's name
CODES: dict[str, tuple[int, str]] = {
    "0": (200, ""),
    "1": (200, "All operations failed."),
    "2": (200, "Some operations failed."),
    "404": (404, "There is no such path."),
    "413": (413, "The request body is too large."),
    "50000": (400, "The body of this request may not be empty."),
    "50002": (400, "The body is not the JSON this request takes."),
    "50006": (400, "The content type must be application/json."),
    "50014": (400, "Parameter {} may not be empty."),
    "50026": (500, "System error, try again later."),
    "50036": (200, "The expTime lies before the current time."),
    "50102": (401, "The request's timestamp is more than 30 seconds off."),
    "50103": (401, "Request header OK-ACCESS-KEY may not be empty."),
    "50104": (401, "Request header OK-ACCESS-PASSPHRASE may not be empty."),
    "50105": (401, "Request header OK-ACCESS-PASSPHRASE is wrong."),
    "50106": (401, "Request header OK-ACCESS-SIGN may not be empty."),
    "50107": (401, "Request header OK-ACCESS-TIMESTAMP may not be empty."),
    "50111": (401, "Request header OK-ACCESS-KEY is wrong."),
    "50112": (401, "Request header OK-ACCESS-TIMESTAMP is not ISO 8601 UTC with milliseconds."),
    "50113": (401, "Request header OK-ACCESS-SIGN is wrong."),
    "50114": (401, "The OK-ACCESS headers must each be given once."),
    "50115": (405, "This path does not take that method."),
    "51000": (400, "Parameter {} is wrong."),
    "51001": (200, "There is no such instrument."),
    "51005": (200, "The order's size is above the largest allowed."),
    "51008": (200, "The order needs more {} than is available."),
    "51010": (200, "The account mode does not allow this trade mode."),
    "51016": (200, "The clOrdId is already that of an open order."),
    "51020": (200, "The order's size is below the smallest allowed."),
    "51025": (200, "There are too many open orders."),
    "51111": (200, "A batch takes at most 20 orders."),
    "51121": (200, "The order's size is not a multiple of the lot."),
    "51150": (200, "The price is not a multiple of the tick."),
    "51400": (200, "The order is done, canceled or unknown."),
    "51603": (200, "There is no such order."),
}


class Refusal(PaperError):
    """A request or an order the exchange says no to; ``code`` is OKX's."""

    def __init__(self, code: str, subject: str = "", *, sub_code: str = "") -> None:
        self.status, text = CODES[code]
        super().__init__(text.format(subject))
        self.code = code
        self.sub_code = sub_code
