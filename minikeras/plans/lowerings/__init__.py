"""The lowerings, by what they are about. Importing this room fills the table `lower.LOWERINGS`."""

from minikeras.plans.lowerings import products, step_ends

__all__ = ["products", "step_ends"]
