"""mempool.space, or an explorer of one's own that speaks its API: REST and stream. Never sends."""
