"""Both packages by name; one reads the files that the other has written."""

import minikeras
from tests.parity.backends import keras

BACKENDS = {"minikeras": minikeras, "keras": keras}
OTHER = {"minikeras": "keras", "keras": "minikeras"}
