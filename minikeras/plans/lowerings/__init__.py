"""The lowerings, by what they are about. Importing this room fills the table `lower.LOWERINGS`."""

from minikeras.plans.lowerings import elementwise, images, products, step_ends

__all__ = ["elementwise", "images", "products", "step_ends"]
