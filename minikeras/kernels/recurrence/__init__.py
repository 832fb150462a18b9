"""Recurrent layers over whole sequences.

`lstm.py`, `gru.py` and `simple_rnn.py` have the references, loops over time in NumPy that define the correct result;
the files `…_jobs.py` have the compiled forms, and choose between both on the tape.

All arrays have the batch first, then the steps. The input's part of each step, x · W + b, is given: one product
computes it beforehand for all steps. A reference returns values in processing order; with `reverse` the first step is
the last in time.
"""
