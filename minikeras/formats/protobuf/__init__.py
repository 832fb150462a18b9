"""Protocol buffers: messages read and written without the protobuf library.

| file | content |
| --- | --- |
| `wire_format.py` | fields: a number, a type and a value each |
| `example.py` | `Example`, `SequenceExample`: the records of most TFRecord files |
| `message.py` | message classes, defined by declaring their fields |
| `example_offsets.py` | positions of the values in an `Example`, without parsing it into messages |
| `tensor_message.py`, `tensor_proto.py` | an array as a `TensorProto`: its bytes, and the object |
| `text_format.py` | messages as text |
"""
