"""Who trades with whom."""
