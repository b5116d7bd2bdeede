"""Providers of data, one folder each: what to ask, and what an answer means. None sends."""
