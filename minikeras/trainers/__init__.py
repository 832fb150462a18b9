"""`compile`, `fit`, `evaluate`, `predict`: start reading at `trainer.py`."""
