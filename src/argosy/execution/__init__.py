"""Orders over their whole life: what a venue lacks we work ourselves. Does no I/O.

`argosy.desk` sends what is decided here, journals it first, and brings back what happened.
"""
