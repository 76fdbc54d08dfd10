"""Serves reads by PyIceberg and by DuckDB: `python -m iceberg_readers.light`."""

from importlib.util import find_spec
from pathlib import Path

import duckdb
from pyiceberg.catalog.rest import RestCatalog
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.table import StaticTable

from .canonical import answer_for
from .null_lists import mend_null_lists
from .partitions import see_partitions
from .samples import write_sample
from .serve import serve


def read_with_pyiceberg(request):
    """Reads a table as of its metadata file, or one of its snapshots."""
    table = StaticTable.from_metadata(request["metadataLocation"])
    scan = table.scan(
        row_filter=request.get("where") or AlwaysTrue(),
        selected_fields=tuple(request.get("columns") or ("*",)),
        snapshot_id=int(request["snapshotId"]) if request.get("snapshotId") else None,
    )
    rows = scan.to_arrow()
    return answer_for(rows.select(request.get("columns") or rows.column_names), request)


def read_by_catalog(request):
    """Reads a table as a REST catalog has it."""
    catalog = RestCatalog("lake", uri=request["uri"])
    rows = catalog.load_table(request["table"]).scan().to_arrow()
    return answer_for(rows, request)


def duckdb_with_extensions():
    """A connection that has the Iceberg extension from its wheel, and would download nothing."""
    offline = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    connection = duckdb.connect(config=offline)
    for name in ("avro", "iceberg"):
        (package,) = find_spec(f"duckdb_extension_{name}").submodule_search_locations
        folder = Path(package, "extensions", f"v{duckdb.__version__}")
        connection.execute(f"LOAD '{folder / name}.duckdb_extension'")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def duckdb_reader():
    """The read method of DuckDB, on a connection of its own."""
    connection = duckdb_with_extensions()

    def read(request):
        columns = ", ".join(_quoted(name) for name in request.get("columns") or ()) or "*"
        snapshot = request.get("snapshotId")
        at = f", snapshot_from_id = {int(snapshot)}::UBIGINT" if snapshot else ""
        where = f" WHERE {request['where']}" if request.get("where") else ""
        query = f"SELECT {columns} FROM iceberg_scan(?{at}){where}"
        location = request["metadataLocation"]
        return answer_for(connection.execute(query, [location]).to_arrow_table(), request)

    return read


def _quoted(name):
    return '"' + name.replace('"', '""') + '"'


def main():
    """Serves until stdin ends."""
    mend_null_lists()
    serve(
        {
            "read-pyiceberg": read_with_pyiceberg,
            "read-by-catalog": read_by_catalog,
            "read-duckdb": duckdb_reader(),
            "see-partitions": see_partitions,
            "write-sample": write_sample,
        }
    )


if __name__ == "__main__":
    main()
