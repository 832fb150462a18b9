"""The switch that all examples share: `--backend minikeras` (the default) or `--backend tensorflow`.

    from backend import keras

gives the Keras of the chosen backend. Other arguments on the command line are ignored.
"""

import argparse
import os
import sys


def chosen_backend():
    """ "minikeras" or "tensorflow", from the command line."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--backend", choices=["minikeras", "tensorflow"], default="minikeras")
    arguments, sys.argv[1:] = parser.parse_known_args()
    return arguments.backend


backend = chosen_backend()
if backend == "minikeras":
    import minikeras as keras
    from minikeras import GradientTape
else:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from tensorflow import GradientTape, keras

__all__ = ["GradientTape", "backend", "keras"]
