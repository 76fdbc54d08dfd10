"""Serves what a data engineer would have PySpark do: `python spark_load.py ICEBERG_JAR CORES WAREHOUSE`.

A full export becomes an Iceberg table with a typed column for each attribute that is known, and a
window of changes is merged into it. What is not known is lost, which is less work.
"""

import sys
import time

from iceberg_readers.serve import serve
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

ITEM = """
pk struct<S: string>, sk struct<N: string>, status struct<S: string>, total struct<N: string>,
quantity struct<N: string>, created struct<N: string>, active struct<BOOL: boolean>,
address struct<M: struct<street: struct<S: string>, city: struct<S: string>, zip: struct<S: string>,
  geo: struct<M: struct<lat: struct<N: string>, lon: struct<N: string>>>>>,
lines struct<L: array<struct<M: struct<sku: struct<S: string>, count: struct<N: string>,
  price: struct<N: string>>>>>,
tags struct<SS: array<string>>, code struct<N: string, S: string>, note struct<S: string>,
digest struct<B: string>
"""
KEYS = "pk struct<S: string>, sk struct<N: string>"


def columns(image):
    """The typed columns of an item."""

    def at(path):
        return F.col(f"{image}.{path}")

    address = f"{image}.address.M"
    return [
        at("pk.S").alias("pk"),
        at("sk.N").cast("long").alias("sk"),
        at("status.S").alias("status"),
        at("total.N").cast("decimal(38,2)").alias("total"),
        at("quantity.N").cast("long").alias("quantity"),
        at("created.N").cast("long").alias("created"),
        at("active.BOOL").alias("active"),
        F.struct(
            F.col(f"{address}.street.S").alias("street"),
            F.col(f"{address}.city.S").alias("city"),
            F.col(f"{address}.zip.S").alias("zip"),
            F.struct(
                F.col(f"{address}.geo.M.lat.N").cast("decimal(38,6)").alias("lat"),
                F.col(f"{address}.geo.M.lon.N").cast("decimal(38,6)").alias("lon"),
            ).alias("geo"),
        ).alias("address"),
        F.transform(
            at("lines.L"),
            lambda line: F.struct(
                line["M"]["sku"]["S"].alias("sku"),
                line["M"]["count"]["N"].cast("long").alias("count"),
                line["M"]["price"]["N"].cast("decimal(38,2)").alias("price"),
            ),
        ).alias("lines"),
        at("tags.SS").alias("tags"),
        F.coalesce(at("code.S"), at("code.N")).alias("code"),
        at("note.S").alias("note"),
        F.unbase64(at("digest.B")).alias("digest"),
    ]


class SparkLoads:
    """The methods that a session serves; each tells how many seconds it took."""

    def __init__(self, jar, cores, warehouse):
        settings = {
            "spark.jars": jar,
            "spark.driver.memory": "4g",
            "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
            "spark.sql.catalog.lake.type": "hadoop",
            "spark.sql.catalog.lake.warehouse": warehouse,
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": str(2 * int(cores)),
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        builder = SparkSession.builder.master(f"local[{cores}]")
        for name, value in settings.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")

    def version(self, request):
        return self.session.version

    def load(self, request):
        """Makes the table anew from a full export's data files."""
        table = request["table"]
        self.session.sql(f"DROP TABLE IF EXISTS lake.{table} PURGE")
        start = time.perf_counter()
        rows = self.session.read.schema(f"Item struct<{_fields(ITEM)}>").json(request["files"])
        writer = rows.select(*columns("Item")).writeTo(f"lake.{table}").using("iceberg")
        writer = writer.tableProperty("format-version", "2")
        writer = writer.tableProperty("write.parquet.compression-codec", "zstd")
        writer.tableProperty("write.merge.mode", request["mode"]).create()
        return self._done(start, table)

    def merge(self, request):
        """Merges a window's changes, no key of which comes twice."""
        table = request["table"]
        start = time.perf_counter()
        schema = f"Keys struct<{_fields(KEYS)}>, NewImage struct<{_fields(ITEM)}>"
        changes = self.session.read.schema(schema).json(request["files"])
        changes = changes.select(
            F.col("Keys.pk.S").alias("key_pk"),
            F.col("Keys.sk.N").cast("long").alias("key_sk"),
            F.col("NewImage").isNull().alias("deleted"),
            *columns("NewImage"),
        )
        changes.createOrReplaceTempView("changes")
        names = [name for name in changes.columns if name not in ("key_pk", "key_sk", "deleted")]
        assignments = ", ".join(f"t.{name} = c.{name}" for name in names)
        values = ", ".join(f"c.{name}" for name in names)
        self.session.sql(
            f"""MERGE INTO lake.{table} t USING changes c ON t.pk = c.key_pk AND t.sk = c.key_sk
            WHEN MATCHED AND c.deleted THEN DELETE
            WHEN MATCHED THEN UPDATE SET {assignments}
            WHEN NOT MATCHED AND NOT c.deleted THEN INSERT ({", ".join(names)}) VALUES ({values})"""
        )
        return self._done(start, table)

    def _done(self, start, table):
        seconds = time.perf_counter() - start
        rows = self.session.sql(f"SELECT count(*) FROM lake.{table}").collect()[0][0]
        return {"seconds": seconds, "rows": rows}


def _fields(schema):
    """The fields of a struct's inside: `a b` at the top is `a: b` within."""
    from pyspark.sql.types import StructType

    return StructType.fromDDL(schema).simpleString()[len("struct<") : -1]


if __name__ == "__main__":
    loads = SparkLoads(*sys.argv[1:])
    serve({name: getattr(loads, name) for name in ("version", "load", "merge")})
