"""Both packages by name, of which one reads what the other has written."""

import minikeras
from tests.parity.backends import keras

BACKENDS = {"minikeras": minikeras, "keras": keras}
OTHER = {"minikeras": "keras", "keras": "minikeras"}
