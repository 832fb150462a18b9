"""Messages in the format of protocol buffers, read and written without the library of that name.

| file | holds |
| --- | --- |
| `wire_format.py` | fields: a number, a type and a value each |
| `example.py` | `Example`, `SequenceExample`: the records of most TFRecord files |
| `message.py` | classes of messages, by fields that are declared |
| `example_offsets.py` | where the values of an `Example` are, without making messages of it |
| `tensor_message.py`, `tensor_proto.py` | one array as a `TensorProto`: its bytes, and the object |
| `text_format.py` | messages as text |
"""
