"""What PyIceberg makes of a table's partitions: which files it plans, and whether rows lie rightly."""

import pyarrow.parquet as parquet
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io import load_file_io
from pyiceberg.table import StaticTable

FIELD_ID = b"PARQUET:field_id"


def see_partitions(request):
    """Counts the data files that a filter leaves, and the rows of them that lie in a wrong one."""
    table = StaticTable.from_metadata(request["metadataLocation"])
    tasks = list(table.scan(row_filter=request.get("where") or AlwaysTrue()).plan_files())
    wrong = [text for task in tasks for text in _wrong_rows(table, task.file)]
    spec = table.spec()
    return {
        "files": len(tasks),
        "partitions": len({(task.file.spec_id, str(task.file.partition)) for task in tasks}),
        "spec": [f"{field.name}: {field.transform}" for field in spec.fields],
        "wrong": wrong[:10],
    }


def _wrong_rows(table, file):
    """A text for each row whose value is transformed to another than its file's."""
    spec = table.specs()[file.spec_id]
    with load_file_io({}, file.file_path).new_input(file.file_path).open() as stream:
        rows = parquet.read_table(stream)
    by_id = {int(field.metadata[FIELD_ID]): field.name for field in rows.schema}
    for index, field in enumerate(spec.fields):
        source = table.schema().find_field(field.source_id)
        transform = field.transform.transform(source.field_type)
        lies_in = file.partition[index]
        for value in rows.column(by_id[field.source_id]).to_pylist():
            if transform(value) != lies_in:
                yield f"{field.name}: {value!r} lies in {lies_in!r}"
