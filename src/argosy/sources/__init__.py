"""Providers of data, one folder each. Each says what to ask and what an answer means; none sends."""
