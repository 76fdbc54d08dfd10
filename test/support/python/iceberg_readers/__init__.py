"""Independent readers of Iceberg tables, for tests.

`light` serves PyIceberg and DuckDB, `spark` serves PySpark; both take requests and give answers as
lines of JSON (`serve`), and give rows in one canonical text (`canonical`).
"""
