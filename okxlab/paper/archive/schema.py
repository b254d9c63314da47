"""The tables of the exchange's database."""

VERSION = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL, inst TEXT NOT NULL, kind TEXT NOT NULL, type TEXT NOT NULL,
    client TEXT, state TEXT NOT NULL, filled INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
    record BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_client ON orders (client) WHERE client IS NOT NULL;
CREATE TABLE IF NOT EXISTS fills (
    bill INTEGER PRIMARY KEY, uid TEXT NOT NULL, inst TEXT NOT NULL, kind TEXT NOT NULL, ord INTEGER NOT NULL,
    ts INTEGER NOT NULL, record BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS fills_order ON fills (ord);
CREATE TABLE IF NOT EXISTS bills (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL, ccy TEXT NOT NULL, type TEXT NOT NULL, ts INTEGER NOT NULL,
    record BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS balances (
    owner TEXT NOT NULL, ccy TEXT NOT NULL, amount TEXT NOT NULL, PRIMARY KEY (owner, ccy)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS algos (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL, inst TEXT NOT NULL, kind TEXT NOT NULL, type TEXT NOT NULL,
    client TEXT, state TEXT NOT NULL, updated INTEGER NOT NULL, record BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS grids (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL, inst TEXT NOT NULL, kind TEXT NOT NULL, type TEXT NOT NULL,
    state TEXT NOT NULL, updated INTEGER NOT NULL, record BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS positions (id INTEGER PRIMARY KEY, uid TEXT NOT NULL, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS past_positions (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL, updated INTEGER NOT NULL, record BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS accounts (uid TEXT PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS transfers (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL, client TEXT, ts INTEGER NOT NULL, record BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS asset_bills (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL, ccy TEXT NOT NULL, type TEXT NOT NULL, ts INTEGER NOT NULL,
    record BLOB NOT NULL
);
"""

# the column that says how old a row is, of each table whose rows are not kept for ever
AGED = {
    "orders": "updated",
    "algos": "updated",
    "grids": "updated",
    "fills": "ts",
    "bills": "ts",
    "past_positions": "updated",
    "transfers": "ts",
    "asset_bills": "ts",
}
