"""The loops of recurrent layers over all steps as one op each: `lstm.py`, `gru.py`, `simple_rnn.py`.

Why one op: a loop unrolled on the tape has some 20 ops a step, so 100 steps take 2000 calls and keep 2000 arrays, and
no plan could detect the loop. One op keeps three arrays, runs as one job of compiled code without Python
between the steps, and a plan replays it like any other op. The input's part, x · W + b, is outside the loop: one
product for all steps, the op of a Dense layer, with its gradients.

Other cases, a user's cell or another activation function, run step by step (`ops/recurrence.py`).
"""
