"""Tensors that are not dense numbers: `ragged/` rows, `sparse/` values, `strings/`, and `lookup/` tables."""
