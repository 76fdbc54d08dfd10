#!/bin/sh
# Brings Temporal's two PostgreSQL databases to the schema of this image's version. May run any
# number of times: each step leaves alone what is there already.
set -eu

schema="${TEMPORAL_SCHEMA_DIR:-/etc/temporal/schema/postgresql/v12}"

sql_tool() {
  temporal-sql-tool --plugin postgres12 --endpoint "$POSTGRES_SEEDS" --port "$DB_PORT" \
    --user "$POSTGRES_USER" --password "$POSTGRES_PWD" --database "$@"
}

prepare() {
  sql_tool "$1" create
  sql_tool "$1" setup-schema -v 0.0
  sql_tool "$1" update-schema -d "$schema/$2/versioned"
}

prepare temporal temporal
prepare temporal_visibility visibility
echo 'The schema is up to date.'
