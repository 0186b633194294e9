"""Optimisation that does not fool whoever uses it.

Parameters are chosen on one part of the past and judged by the next (`walk`), every trial is
counted (`trials`), and the verdict is in words, with its reasons (`evidence`, `report`).
"""
