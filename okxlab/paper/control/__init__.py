"""The routes beyond OKX's own."""
