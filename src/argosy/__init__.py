"""Argosy: one model over every crypto venue and data source. Importing this reads no settings."""

import os

__version__ = "0.1.0"

if os.environ.get("ARGOSY_INTERPRETED") == "1":
    # The hot modules exist twice: compiled, and as the Python they were compiled from. This
    # chooses the Python, so that one test suite can cover both builds.
    from argosy import _interpreted

    _interpreted.install()
