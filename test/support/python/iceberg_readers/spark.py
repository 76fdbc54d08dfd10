"""Serves reads by PySpark, and lets it write: `python -m iceberg_readers.spark ICEBERG_JAR`.

A table is given by its directory, as Spark's HadoopCatalog lays it out: `metadata/vN.metadata.json`
and `metadata/version-hint.text`.
"""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlparse

import pyspark
from pyspark.sql import SparkSession

from .canonical import answer_for, canonical_rows
from .serve import serve

SETTINGS = {
    "spark.driver.memory": "1g",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.hadoop.fs.file.impl": "ExclusiveRename",
}


def compile_java(classes):
    """Compiles the Java beside this file into a folder."""
    source = Path(__file__).with_name("ExclusiveRename.java")
    jars = Path(pyspark.__file__).parent / "jars" / "*"
    subprocess.run(["javac", "-nowarn", "-cp", jars, "-d", classes, source], check=True)


def start_session(iceberg_jar, classes):
    """Starts the JVM."""
    builder = SparkSession.builder.master("local[2]").config("spark.jars", iceberg_jar)
    settings = SETTINGS | {"spark.driver.extraClassPath": classes}
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


class SparkTables:
    """The methods that a session serves."""

    def __init__(self, session):
        self.session = session

    def version(self, request):
        """Spark's version, once the JVM is up."""
        return self.session.version

    def read(self, request):
        """Reads a table as of its metadata file, or one of its snapshots."""
        reader = self.session.read.format("iceberg")
        if request.get("snapshotId"):
            reader = reader.option("versionAsOf", request["snapshotId"])
        frame = reader.load(request["metadataLocation"])
        if request.get("where"):
            frame = frame.where(request["where"])
        if request.get("columns"):
            frame = frame.select([f"`{name.replace('`', '``')}`" for name in request["columns"]])
        return answer_for(frame.toArrow(), request)

    def sql(self, request):
        """Runs one statement after the other; the rows of the last one.

        In a statement `{table}` stands for the table in the directory, `{catalog}` for its catalog
        and `{name}` for the table within it, as procedures want it.
        """
        catalog, name = self._locate(request["directory"])
        table = f"{catalog}.{name}"
        frame = None
        for statement in request["statements"]:
            for word, value in (("table", table), ("catalog", catalog), ("name", name)):
                statement = statement.replace("{" + word + "}", value)
            frame = self.session.sql(statement)
        return [json.loads(row) for row in canonical_rows(frame.toArrow())]

    def _locate(self, directory):
        """The catalog over the directory's parent, and the table's name in it."""
        path = Path(unquote(urlparse(directory).path))
        warehouse = str(path.parent)
        catalog = "lake_" + sha256(warehouse.encode()).hexdigest()[:12]
        prefix = f"spark.sql.catalog.{catalog}"
        self.session.conf.set(prefix, "org.apache.iceberg.spark.SparkCatalog")
        self.session.conf.set(f"{prefix}.type", "hadoop")
        self.session.conf.set(f"{prefix}.warehouse", f"file://{warehouse}")
        # Others write to the table too: each statement looks anew.
        self.session.conf.set(f"{prefix}.cache-enabled", "false")
        return catalog, f"`{path.name}`"


def main():
    """Serves until stdin ends."""
    with TemporaryDirectory(prefix="tidemark-spark-") as classes:
        compile_java(classes)
        session = start_session(sys.argv[1], classes)
        tables = SparkTables(session)
        serve({"read": tables.read, "sql": tables.sql, "version": tables.version})
        session.stop()


if __name__ == "__main__":
    main()
