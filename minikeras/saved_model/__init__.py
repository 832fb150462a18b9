"""TensorFlow's SavedModel: a folder with a graph of functions, the objects that own them, and the variables' values.

| file | holds |
| --- | --- |
| `messages.py` | the messages in `saved_model.pb` and in the table of the variables, field by field |
| `tensors.py` | arrays as messages, and back |
"""
