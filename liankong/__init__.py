"""Liankong 联控: holds the facts once, proposes the next step, times every hand-over, proves what it says."""

__version__ = "0.1.0"
