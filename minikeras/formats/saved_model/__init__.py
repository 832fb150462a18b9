"""TensorFlow's SavedModel: a folder with a graph of functions, the objects that own them, and the variables' values.

| file | content |
| --- | --- |
| `messages.py` | the messages in `saved_model.pb` and in the table of the variables, field by field |
| `tensors.py`, `attributes.py`, `structures.py` | arrays, attributes of nodes, nested arguments as Python values |
| `sorted_table.py`, `tensor_bundle.py` | the files of the variables: TensorFlow's checkpoints |
| `graph_ops/` | the supported operations, a table by name |
| `graph_function.py` | a function of the graph, run node by node |
| `loaded_functions.py` | functions called with Python's arguments |
| `loading.py` | reading a folder: its objects, connected |
"""

__replay__ = "computes"
