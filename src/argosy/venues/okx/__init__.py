"""OKX, API v5: spot, margin, perpetuals, dated futures and options. Does no I/O."""
