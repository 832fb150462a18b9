"""Recurrent layers over whole sequences.

`lstm.py`, `gru.py` and `simple_rnn.py` have the references, loops over time in NumPy that define what is right; the
files `…_jobs.py` beside them the compiled forms, and what chooses between both on the tape.

All arrays have the batch first, then the steps. The input's part of each step, x · W + b, is given: one product for all
steps, made before. What a reference returns is in the order of the steps as they are taken; with `reverse` the
first step is that of the last time.
"""
