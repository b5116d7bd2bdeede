"""One folder per venue. A folder is its own registration: see `argosy.venues.catalog`."""
