"""How graph compilers work: a step of training, traced once and then replayed."""
