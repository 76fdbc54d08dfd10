"""Writes a table by PyIceberg itself; readers.test.ts knows what it holds."""

from decimal import Decimal

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import StringType

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("name", pa.string()),
        ("price", pa.decimal128(38, 9)),
        ("paid", pa.bool_()),
        ("photo", pa.binary()),
        ("written_at", pa.timestamp("us", "UTC")),
        ("tags", pa.list_(pa.string())),
        ("address", pa.struct([("😀", pa.string()), ("ｱ", pa.int64()), ("zip code", pa.string())])),
        ("lines", pa.list_(pa.struct([("sku", pa.string()), ("sizes", pa.list_(pa.int64()))]))),
    ]
)

FIRST = [
    {
        "id": 1,
        "name": 'Zoë "quoted" \\ \u2028 😀 \x01\x7f\n',
        "price": Decimal("12345678901234567890123456789.123456789"),
        "paid": True,
        "photo": b"\x00\xff\x10",
        "written_at": 1_700_000_000_000_001,
        "tags": ["a", "", None],
        "address": {"😀": "smile", "ｱ": -(2**63), "zip code": ""},
        "lines": [{"sku": "x", "sizes": [1, None]}, {"sku": None, "sizes": []}, None],
    },
    {
        "id": 2,
        "name": "",
        "price": Decimal("-1.5"),
        "paid": False,
        "photo": b"",
        "written_at": -1,
        "tags": [],
        "address": {"😀": None, "ｱ": None, "zip code": None},
        "lines": [],
    },
    {"id": 3},
]
SECOND = [{"id": 2**63 - 1, "name": "3", "price": Decimal("100")}, {"id": 5, "tags": ["5"]}]
THIRD = [{"id": 6, "note": "a new column"}]


def write_sample(request):
    """Makes the table `sample` in a folder; its metadata file and the ids of its snapshots.

    The snapshots are: the first rows, the second ones as well, without row 3, and with the third
    ones, which have a new column.
    """
    folder = request["folder"]
    catalog = SqlCatalog("test", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
    catalog.create_namespace("test")
    table = catalog.create_table("test.sample", SCHEMA, properties={"format-version": "2"})
    table.append(pa.Table.from_pylist(FIRST, SCHEMA))
    table.append(pa.Table.from_pylist(SECOND, SCHEMA))
    table.delete("id = 3")
    with table.update_schema() as update:
        update.add_column("note", StringType())
    table.append(pa.Table.from_pylist(THIRD, table.schema().as_arrow()))
    return {
        "metadataLocation": table.metadata_location,
        "snapshotIds": [str(snapshot.snapshot_id) for snapshot in table.metadata.snapshots],
    }
