"""The WebSocket side: one guarded way out, connections that come back, and what they keep."""
