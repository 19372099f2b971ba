"""Decisions: facts and a protocol in, a decision with its reasons out. Pure: time and chance are arguments."""
