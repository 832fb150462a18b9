"""`compile`, `fit`, `evaluate`, `predict`: start reading at `trainer.py`."""

__replay__ = "computes"
