"""Failures on demand: what an exchange, and the way to it, can do to those who trade."""
