"""Algorithms of field epidemiology: arrays in, arrays out. No files, no clock, no database.

Days are `numpy.datetime64[D]` with NaT for unknown; cases are referred to by their position in the arrays.
`summary` is the one module that takes whole `CaseRecord`s.
"""
