"""From a seed to input values, in blocks of draws, compiled.

Nothing here knows what an input means. A module of this folder imports numba, numpy and its neighbours only.
"""
