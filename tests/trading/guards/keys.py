"""Keys for live at a paper exchange."""

import requests


def live_key(session, control, *, perms=("read_only", "trade"), ips=("127.0.0.1",)):
    """Make a key for live at a paper exchange; gives the variables that hand it to okxlab."""
    body = {"label": "live", "perms": list(perms), "ips": list(ips), "environment": "live"}
    headers = {"X-Okxlab-Token": control}
    made = requests.post(f"{session.profile.rest}/okxlab/keys/add", json=body, headers=headers, timeout=10).json()
    parts = {"API_KEY": "key", "API_SECRET": "secret", "API_PASSPHRASE": "passphrase"}
    return {f"OKX_{name}": made[part] for name, part in parts.items()}
