"""Serves what DuckDB's SQL can do with export files: `python duckdb_load.py CORES`.

Typed columns for the attributes that are known, and all others in a column of JSON.
"""

import sys
import time
from pathlib import Path

import duckdb
from iceberg_readers.serve import serve

KNOWN = (
    "pk sk status total quantity created active address lines tags code note digest".split()
)
SQL = """
COPY (
  SELECT
    Item['pk']->>'S' AS pk,
    (Item['sk']->>'N')::BIGINT AS sk,
    Item['status']->>'S' AS status,
    (Item['total']->>'N')::DECIMAL(18, 2)::DECIMAL(38, 2) AS total,
    (Item['quantity']->>'N')::BIGINT AS quantity,
    (Item['created']->>'N')::BIGINT AS created,
    (Item['active']->'BOOL')::BOOLEAN AS active,
    from_json(Item['address'], '{{"M":{{"street":{{"S":"VARCHAR"}},"city":{{"S":"VARCHAR"}},"zip":{{"S":"VARCHAR"}},"geo":{{"M":{{"lat":{{"N":"DECIMAL(18,6)"}},"lon":{{"N":"DECIMAL(18,6)"}}}}}}}}}}').M AS address,
    from_json(Item['lines'], '{{"L":[{{"M":{{"sku":{{"S":"VARCHAR"}},"count":{{"N":"BIGINT"}},"price":{{"N":"DECIMAL(18,2)"}}}}}}]}}').L AS lines,
    (Item['tags']->'SS')::VARCHAR[] AS tags,
    coalesce(Item['code']->>'S', Item['code']->>'N') AS code,
    Item['note']->>'S' AS note,
    from_base64(Item['digest']->>'B') AS digest,
    CASE WHEN cardinality(Item) > {known_count}
      THEN map_from_entries(list_filter(map_entries(Item), lambda e: e.key NOT IN ({known})))::JSON
    END AS rest
  FROM read_json({files}, format = 'newline_delimited', columns = {{Item: 'MAP(VARCHAR, JSON)'}})
) TO '{folder}' (FORMAT parquet, COMPRESSION zstd, PER_THREAD_OUTPUT true)
"""


class DuckdbLoads:
    """The methods of a database in memory."""

    def __init__(self, cores):
        self.connection = duckdb.connect(config={"threads": cores, "preserve_insertion_order": "false"})

    def version(self, request):
        return duckdb.__version__

    def load(self, request):
        """Makes Parquet files from a full export's data files, in a folder that is not there."""
        folder = request["folder"]
        start = time.perf_counter()
        self.connection.execute(
            SQL.format(
                files=request["files"],
                folder=folder,
                known=", ".join(f"'{name}'" for name in KNOWN),
                known_count=len(KNOWN),
            )
        )
        seconds = time.perf_counter() - start
        files = [str(path) for path in Path(folder).glob("*.parquet")]
        rows = self.connection.execute(f"SELECT count(*) FROM read_parquet({files})").fetchone()[0]
        return {"seconds": seconds, "rows": rows}


if __name__ == "__main__":
    loads = DuckdbLoads(sys.argv[1])
    serve({name: getattr(loads, name) for name in ("version", "load")})
