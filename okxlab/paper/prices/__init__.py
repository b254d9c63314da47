"""Where the market stands and what it shows."""
