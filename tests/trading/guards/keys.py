"""Keys for demo and live at a paper exchange."""

import requests


def live_key(session, control, *, perms=("read_only", "trade"), ips=("127.0.0.1",)):
    """Make a key for live at a paper exchange; gives the variables that hand it to okxlab."""
    body = {"label": "live", "perms": list(perms), "ips": list(ips), "environment": "live"}
    return _made(session, control, body, "OKX_API")


def demo_key(session, control):
    """Make a key for demo at a paper exchange; gives the variables that hand it to okxlab."""
    body = {"label": "demo", "perms": ["read_only", "trade"], "ips": [], "environment": "demo"}
    return _made(session, control, body, "OKX_DEMO_API")


def _made(session, control, body, prefix):
    headers = {"X-Okxlab-Token": control}
    made = requests.post(f"{session.profile.rest}/okxlab/keys/add", json=body, headers=headers, timeout=10).json()
    return {f"{prefix}_{part.upper()}": made[part] for part in ("key", "secret", "passphrase")}
