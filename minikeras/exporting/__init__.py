"""Trained models in the formats of other programs: ONNX (`onnx/`).

`Model.export` is the way in; `formats.py` says what each format needs. Only the forward pass of inference is exported.
"""

__replay__ = "computes"
