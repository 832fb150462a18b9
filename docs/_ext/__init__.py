"""Sphinx extensions of the site, and the files that let its pages run Python in the browser."""
