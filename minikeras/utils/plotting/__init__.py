"""Pictures of models: a model becomes a `diagram`, which is then written as text, as SVG, or for Graphviz.

Also charts of numbers (`charts.py`).
"""

from minikeras.utils.plotting.dot import model_to_dot
from minikeras.utils.plotting.plot_model import plot_model

__all__ = ["model_to_dot", "plot_model"]
