#!/bin/sh
# Creates Temporal's two databases, or brings them to the schema of this version. Each step may be
# repeated. Runs in temporalio/admin-tools; temporal-sql-tool reads host, user and password from the SQL_* variables.
set -eu

for database in temporal temporal_visibility; do
  case $database in
    temporal) schema=temporal ;;
    temporal_visibility) schema=visibility ;;
  esac
  export SQL_DATABASE="$database"
  temporal-sql-tool create-database
  temporal-sql-tool setup-schema -v 0.0
  temporal-sql-tool update-schema -d "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done
