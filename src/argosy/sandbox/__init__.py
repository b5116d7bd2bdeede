"""A simulated world of venues that speak their own wire protocols over real sockets. It shares no
code with the adapters it witnesses: it is written from the venues' documents alone.
"""
