"""OKX's WebSocket interface."""
