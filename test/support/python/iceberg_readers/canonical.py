"""Gives rows of Arrow tables in one canonical text, the same whichever engine read them.

A row is a JSON object without spaces, its fields sorted by name in code point order, and a field
that is null is left out. Whole numbers and decimals are strings in plain form without trailing
zeros, binary is base64, a timestamp is a string of its microseconds since 1970; structs are like
rows, and in lists null stays. A table's hash is the sum of its rows' SHA-256, modulo 2^256: the
order of rows does not matter, and how often each is there does.

The twin for TypeScript is canonical-row.ts; a test holds the two together.
"""

import base64
import hashlib
from itertools import pairwise
from json.encoder import encode_basestring

import pyarrow as pa
import pyarrow.types as kinds

ROWS_AT_ONCE = 20_000


def canonical_rows(table):
    """Yields the canonical text of each row of an Arrow table, in its order."""
    for batch in table.to_batches(max_chunksize=ROWS_AT_ONCE):
        yield from _objects(batch.schema.names, batch.columns, batch.num_rows)


def table_hash(rows):
    """The hash of a table with these canonical rows, as 64 hexadecimal digits."""
    total = 0
    for row in rows:
        total += int.from_bytes(hashlib.sha256(row.encode()).digest(), "big")
    return f"{total % 2**256:064x}"


def answer_for(table, request):
    """What a reader answers for the Arrow table it read; sorts it and gives its rows when asked."""
    order = request.get("orderBy")
    if order:
        table = table.sort_by([(name, "ascending") for name in order])
    answer = {"count": table.num_rows, "columns": table.schema.names}
    if order or request.get("withRows"):
        rows = list(canonical_rows(table))
        return answer | {"hash": table_hash(rows), "rows": rows if order else sorted(rows)}
    return answer | {"hash": table_hash(canonical_rows(table))}


def _objects(names, columns, count):
    order = sorted(range(len(names)), key=lambda index: names[index])
    fields = [(encode_basestring(names[index]) + ":", _texts(columns[index])) for index in order]
    return [
        "{" + ",".join([name + texts[i] for name, texts in fields if texts[i] is not None]) + "}"
        for i in range(count)
    ]


def _texts(array):
    """The canonical text of each element; None where it is null."""
    if len(array) == 0:
        # An empty list may come without offsets.
        return []
    if kinds.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = array.type
    if kinds.is_struct(kind):
        children = [array.field(index) for index in range(kind.num_fields)]
        texts = _objects([field.name for field in kind], children, len(array))
        return _where_valid(array, texts)
    if kinds.is_list(kind) or kinds.is_large_list(kind):
        # The offsets of a part of an array point into the values of the whole.
        offsets = array.offsets.to_pylist()
        start = offsets[0]
        elements = [
            text or "null" for text in _texts(array.values.slice(start, offsets[-1] - start))
        ]
        ends = pairwise(offsets)
        texts = ["[" + ",".join(elements[a - start : b - start]) + "]" for a, b in ends]
        return _where_valid(array, texts)
    if kinds.is_timestamp(kind):
        array = array.cast(pa.timestamp("us", kind.tz)).cast(pa.int64())
    write = _writer_of(kind)
    return [None if value is None else write(value) for value in array.to_pylist()]


def _where_valid(array, texts):
    if array.null_count == 0:
        return texts
    return [text if valid else None for text, valid in zip(texts, array.is_valid().to_pylist())]


def _writer_of(kind):
    """What gives the canonical text of a scalar of this type."""
    if kinds.is_boolean(kind):
        return {True: "true", False: "false"}.get
    if kinds.is_integer(kind) or kinds.is_timestamp(kind):
        return '"{}"'.format
    if kinds.is_decimal(kind):
        return _decimal
    if kinds.is_string(kind) or kinds.is_large_string(kind):
        return encode_basestring
    if kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_fixed_size_binary(kind):
        return _binary
    raise TypeError(f"{kind} has no canonical text")


def _decimal(value):
    text = format(value, "f")
    return '"' + (text.rstrip("0").rstrip(".") if "." in text else text) + '"'


def _binary(value):
    return '"' + base64.b64encode(value).decode() + '"'
