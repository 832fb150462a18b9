"""`keras.src`: Keras's own modules, which packages import from although they are not a public interface.

    from keras.src.layers.core.dense import Dense          the public keras.layers.Dense
    from keras.src import backend, ops                     keras.ops; what packages use of the backend
    from keras.src.utils.module_utils import LazyModule    one of the internals that packages do use

`paths.py` knows which modules Keras 3.15 has and which public namespace each belongs to, by rule rather than by a list
of its files. A module serves the public names of its namespace, and the internals that `internals.py` lists for it,
most of which are minikeras's own; the other files here are internals that have no use outside. Any other name is
refused by an AttributeError that gives this reason, which `from … import` turns into an ImportError.
"""
