"""minikeras: Keras in Python, NumPy and Numba, made to be read. `import minikeras as keras`."""
