"""Tensors that are not dense numbers: ragged rows, sparse values, strings, and the tables that look them up."""
