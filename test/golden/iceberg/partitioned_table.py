"""Writes a table with partitions by values of many types by PyIceberg; prints where its metadata lies."""

import sys
from datetime import date, datetime, timezone
from decimal import Decimal

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    LongType,
    NestedField,
    StringType,
    TimestamptzType,
)

COLUMNS = [
    ("id", LongType()),
    ("a b", StringType()),
    ("price", DecimalType(20, 3)),
    ("day", DateType()),
    ("at", TimestamptzType()),
    ("paid", BooleanType()),
    ("blob", BinaryType()),
]


def rows():
    """The second row has no value but its id."""
    first = {
        "id": 2**63 - 1,
        "a b": "x/y é",
        "price": Decimal("-12345678901234567.891"),
        "day": date(1969, 12, 31),
        "paid": True,
        "blob": b"\x00\xff\x01",
        "at": datetime(2026, 11, 24, 8, 15, tzinfo=timezone.utc),
    }
    return [{**first, "id": 1}, {"id": 2}, first]


def main(folder):
    """Each row lies in a partition of its own."""
    catalog = SqlCatalog("test", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
    catalog.create_namespace("test")
    schema = Schema(
        *(NestedField(i, name, type_) for i, (name, type_) in enumerate(COLUMNS, 1))
    )
    spec = PartitionSpec(
        *(
            PartitionField(i, 999 + i, IdentityTransform(), f"{name} part")
            for i, (name, _) in enumerate(COLUMNS, 1)
        )
    )
    table = catalog.create_table("test.parts", schema, partition_spec=spec)
    table.append(pa.Table.from_pylist(rows(), schema.as_arrow()))
    print(table.metadata_location)


main(sys.argv[1])
