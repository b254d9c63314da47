"""The coins and currencies of the market made up here: what they cost, and in what steps the best known trade."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

# base currency, tick, lot, minimum, start price in USDT, coins in a linear contract
_WELL_KNOWN = """
BTC   0.1          0.00000001  0.00001  90000      0.01
ETH   0.01         0.000001    0.0001   3100       0.1
SOL   0.01         0.000001    0.001    140        1
XRP   0.0001       0.000001    1        2.1        100
DOGE  0.00001      0.000001    10       0.15       1000
BNB   0.1          0.000001    0.001    880        0.01
ADA   0.0001       0.0001      1        0.45       100
TRX   0.0001       0.000001    1        0.28       1000
LINK  0.001        0.000001    0.1      13.5       1
AVAX  0.001        0.000001    0.01     14         1
DOT   0.001        0.000001    0.1      2.4        1
LTC   0.01         0.000001    0.01     84         1
BCH   0.1          0.000001    0.001    520        0.1
ETC   0.001        0.000001    0.1      14         10
XLM   0.00001      0.000001    1        0.25       100
UNI   0.001        0.000001    0.1      6.5        1
ATOM  0.001        0.000001    0.1      2.6        1
NEAR  0.001        0.00000001  0.1      2          10
FIL   0.001        0.000001    0.1      1.6        0.1
ICP   0.001        0.000001    0.1      4.1        0.01
AAVE  0.01         0.000001    0.01     175        0.1
ALGO  0.0001       0.000001    1        0.14       10
SUI   0.0001       0.000001    1        1.6        1
APT   0.001        0.000001    0.1      2.2        1
ARB   0.0001       0.000001    1        0.21       10
OP    0.0001       0.000001    1        0.32       1
INJ   0.001        0.000001    0.1      5.6        0.1
TON   0.001        0.0001      1        1.6        1
OKB   0.01         0.000001    0.01     105        -
WLD   0.0001       0.000001    1        0.6        1
LDO   0.0001       0.000001    1        0.7        1
TIA   0.0001       0.000001    1        0.6        1
SHIB  0.000000001  1           50000    0.0000086  1000000
PEPE  0.000000001  1           100000   0.0000045  10000000
"""

# base currency and start price in USDT; the steps follow from the price, the markets from the place in the list
_OTHERS = """
HBAR 0.14  CRV 0.39  MKR 1450  COMP 31  SNX 0.46  SUSHI 0.33  YFI 4200  1INCH 0.19  GRT 0.045  ENJ 0.029  MANA 0.16
SAND 0.15  AXS 0.95  GALA 0.0075  CHZ 0.031  APE 0.24  IMX 0.29  DYDX 0.2  GMX 8.4  STX 0.31  ENS 11.2  BAT 0.24
ZRX 0.15  LRC 0.058  KSM 7.9  XTZ 0.51  EGLD 7.1  FLOW 0.21  THETA 0.38  ZEC 480  DASH 52  NEO 4.1  QTUM 1.5  IOTA 0.1
ONT 0.066  ZIL 0.0055  ICX 0.061  WAVES 0.72  RVN 0.0081  SC 0.0017  CELO 0.14  MINA 0.085  ROSE 0.013  ONE 0.0034
KAVA 0.09  BAND 0.35  STORJ 0.14  SKL 0.012  CVC 0.05  ANT 5.2  BLUR 0.034  ORDI 4.4  SATS 0.000000018  RATS 0.000021
JTO 0.45  JUP 0.22  PYTH 0.07  BONK 0.0000095  WIF 0.36  BOME 0.0007  W 0.045  STRK 0.12  ZK 0.034  ZRO 1.35  ENA 0.27
ETHFI 0.82  EIGEN 0.52  ONDO 0.48  PENDLE 2.3  MORPHO 1.4  SSV 4.6  RPL 2.4  FXS 0.9  CVX 1.9  BAL 0.62  UMA 0.83
API3 0.48  RSR 0.0037  OM 0.075  AEVO 0.041  METIS 6.1  MAGIC 0.11  GAS 2.1  CFX 0.078  AR 3.9  RENDER 1.75  FET 0.24
AGLD 0.31  GLM 0.22  PEOPLE 0.0099  TURBO 0.0018  FLOKI 0.000046  MEME 0.0012  NOT 0.00058  DOGS 0.000048
HMSTR 0.00024  CATI 0.067  X 0.000017  MEW 0.0011  POPCAT 0.1  PNUT 0.085  ACT 0.024  MOODENG 0.075  GOAT 0.042
NEIRO 0.00014  TRUMP 5.9  MELANIA 0.13  FARTCOIN 0.31  AIXBT 0.045  VIRTUAL 0.92  HYPE 34  KAITO 0.65  BERA 0.85
IP 3.2  LAYER 0.2  PI 0.23  S 0.098  MOVE 0.041  ME 0.32  MAJOR 0.12  PENGU 0.011  LINEA 0.0094  WLFI 0.15  XPL 0.2
ASTER 1.05  AVNT 0.38  ZORA 0.05  RESOLV 0.078  HOME 0.02  SPK 0.028  JELLYJELLY 0.07  PUMP 0.0029  BIO 0.055
ANIME 0.0069  VINE 0.035  SONIC 0.09  LUNA 0.08  LUNC 0.000034  USTC 0.0071  GLMR 0.033  ASTR 0.013  ACA 0.014
CSPR 0.0062  CTC 0.29  NMR 11  TRB 21  BNT 0.41  KNC 0.24  LPT 4.2  MASK 0.68  AUCTION 5.6  BADGER 0.72  ILV 8.3
YGG 0.077  SLP 0.00098  ALICE 0.22  DEP 0.0011  RACA 0.000058  GODS 0.073  BICO 0.054  DIA 0.35  AST 0.015  BORA 0.047
CITY 0.79  POR 0.59  LAT 0.0021  MDT 0.018  NULS 0.028  OXT 0.029  PHA 0.043  RIO 0.15  SWFTC 0.0063  TRA 0.00042
WIN 0.00003  WOO 0.028  XCH 5.1  ZETA 0.082  ZEUS 0.14  PAXG 4050  XAUT 4040
"""

# what is no coin: currencies that prices are in, in USD
MONEY = {
    "USD": 1.0, "USDT": 1.0, "USDC": 1.0, "EUR": 1.16, "AUD": 0.65, "SGD": 0.77, "BRL": 0.185, "TRY": 0.0236,
    "AED": 0.2723,
}  # fmt: skip
STABLE = ("USDT", "USDC")


@dataclass(frozen=True)
class Coin:
    """A coin: its place in the list (the best known first) and its price in USDT where the market starts.

    ``steps`` are tick, lot and minimum of its USDT pair, ``contract`` the coins in a linear contract; where they are
    None, a rule makes them of the price.
    """

    name: str
    place: int
    start: Decimal
    steps: tuple[Decimal, Decimal, Decimal] | None = None
    contract: Decimal | None = None


@cache
def coins() -> dict[str, Coin]:
    """Give every coin by name, the best known first."""
    table: dict[str, Coin] = {}
    for line in _WELL_KNOWN.split("\n"):
        if line:
            name, tick, lot, minimum, start, contract = line.split()
            steps = (Decimal(tick), Decimal(lot), Decimal(minimum))
            size = None if contract == "-" else Decimal(contract)
            table[name] = Coin(name, len(table), Decimal(start), steps, size)
    words = _OTHERS.split()
    for name, start in zip(words[::2], words[1::2], strict=True):
        table[name] = Coin(name, len(table), Decimal(start))
    return table


def dollars(currency: str) -> float:
    """Give what a coin or currency costs in USD where the market starts (a float: made up, and never booked)."""
    return MONEY[currency] if currency in MONEY else float(coins()[currency].start)
