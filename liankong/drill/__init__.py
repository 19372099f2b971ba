"""Drills: a simulated city and outbreak that call the real rules. Same seed, same drill; nobody in it is real."""
