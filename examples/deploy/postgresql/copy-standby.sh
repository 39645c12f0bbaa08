#!/bin/sh
# Copies the primary's server into PGDATA, which follows it when it is started; nothing is done where a copy is.
# As the server's user, with PRIMARY_HOST, PRIMARY_PORT, SLOT, PASSWORD_FILE and PGDATA in the environment.
set -eu
if [ -s "$PGDATA/PG_VERSION" ]; then
  exit 0
fi
PGPASSWORD=$(cat "$PASSWORD_FILE") pg_basebackup --host="$PRIMARY_HOST" --port="$PRIMARY_PORT" --username=replicator \
  --pgdata="$PGDATA" --slot="$SLOT" --write-recovery-conf --wal-method=stream --checkpoint=fast
