"""Small ONNX files written by hand, so that code which opens networks through OpenCV is proven without a download."""

import struct

import numpy

FLOAT, INT, INTS = 1, 2, 7


def _varint(value):
    out = bytearray()
    while True:
        value, low = value >> 7, value & 127
        out.append(low | (128 if value else 0))
        if not value:
            return bytes(out)


def _field(number, value):
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _attribute(name, value):
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, INT)
    if isinstance(value, float):
        return _field(1, name) + _field(2, value) + _field(20, FLOAT)
    return _field(1, name) + b"".join(_field(8, one) for one in value) + _field(20, INTS)


def node(kind, inputs, outputs, **attributes):
    return (b"".join(_field(1, one) for one in inputs) + b"".join(_field(2, one) for one in outputs)
            + _field(3, outputs[0]) + _field(4, kind)
            + b"".join(_field(5, _attribute(name, value)) for name, value in attributes.items()))


def tensor(name, values):
    values = numpy.asarray(values)
    values = values.astype("<i8") if values.dtype.kind in "iu" else values.astype("<f4")
    return (b"".join(_field(1, side) for side in values.shape) + _field(2, 7 if values.dtype.kind == "i" else 1)
            + _field(8, name) + _field(9, values.tobytes()))


def _value(name, shape):
    sides = b"".join(_field(1, _field(1, one) if isinstance(one, int) else _field(2, one)) for one in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, sides)))


def write(path, nodes, weights, given, made):
    """A network: `weights` by name, `given` and `made` as {name: shape}; a side may be a word for "any"."""
    graph = (b"".join(_field(1, one) for one in nodes) + _field(2, "g")
             + b"".join(_field(5, tensor(name, values)) for name, values in weights.items())
             + b"".join(_field(11, _value(name, shape)) for name, shape in given.items())
             + b"".join(_field(12, _value(name, shape)) for name, shape in made.items()))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13)))
    return path
