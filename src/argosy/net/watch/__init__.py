"""A chain watched live: what waits, what becomes of it, and what each block brought."""
