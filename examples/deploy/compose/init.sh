#!/bin/sh
# Makes roles and databases when the server of a container starts for the first time.
set -eu
GEO_PASSWORD=$(cat /run/secrets/geo_password)
export GEO_PASSWORD
if [ -e /run/secrets/replicator_password ]; then
  REPLICATOR_PASSWORD=$(cat /run/secrets/replicator_password)
  export REPLICATOR_PASSWORD
  echo "host replication replicator all scram-sha-256" >> "$PGDATA/pg_hba.conf"
fi
psql --username postgres --set ON_ERROR_STOP=1 --file "$(ls /docker-entrypoint-initdb.d/*.sql.in)"
