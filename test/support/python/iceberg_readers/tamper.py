"""Changes a table behind its owner's back: a row changed, one removed, one added, by PyIceberg.

Usage: python -m iceberg_readers.tamper FOLDER KEY ATTRIBUTE CHANGED REMOVED ADDED

FOLDER is a table's, on a local disk, in the file catalog's layout; KEY is its text key, and ATTRIBUTE a
text column of the row whose key is CHANGED.
"""

import glob
import re
import shutil
import sys

import pyarrow as pa
from pyiceberg.catalog.memory import InMemoryCatalog
from pyiceberg.expressions import EqualTo


def main() -> None:
    folder, key, attribute, changed_key, removed_key, added_key = sys.argv[1:]
    newest = max(
        int(re.search(r"v(\d+)\.metadata", path)[1])
        for path in glob.glob(f"{folder}/metadata/v*.metadata.json")
    )
    catalog = InMemoryCatalog("here", warehouse=f"{folder}-nowhere")
    catalog.create_namespace("lake")
    table = catalog.register_table("lake.it", f"{folder}/metadata/v{newest}.metadata.json")
    row = table.scan(row_filter=EqualTo(key, changed_key)).to_arrow()
    table.delete(EqualTo(key, removed_key))
    table.overwrite(with_text(row, attribute, "tampered with"), EqualTo(key, changed_key))
    table.append(with_text(row, key, added_key))
    # The commit, as the file catalog and Hadoop's know it.
    written = table.metadata_location.removeprefix("file://")
    shutil.copy(written, f"{folder}/metadata/v{newest + 1}.metadata.json")


def with_text(row: pa.Table, name: str, text: str) -> pa.Table:
    index = row.schema.get_field_index(name)
    field = row.schema.field(index)
    return row.set_column(index, field, pa.array([text], field.type))


main()
