"""What OKX shows: rows of instruments, orders, accounts and the market."""
