"""OKX's REST interface."""
