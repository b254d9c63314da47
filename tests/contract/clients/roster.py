"""Every client of the suite, by its name."""

from collections.abc import Callable

from tests.contract.clients.ccxt_pro import CcxtPro
from tests.contract.clients.ccxt_rest import Ccxt, CcxtAsync
from tests.contract.clients.okx_api import OkxApi, OkxApiWs
from tests.contract.clients.python_okx import PythonOkx
from tests.contract.pointing import Place

ROSTER: dict[str, Callable[[Place], object]] = {
    "ccxt": Ccxt,
    "ccxt_async": CcxtAsync,
    "ccxt_pro": CcxtPro,
    "python_okx": PythonOkx,
    "okx_api": OkxApi,
    "okx_api_ws": OkxApiWs,
}
