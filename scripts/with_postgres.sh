#!/bin/sh
# with_postgres.sh COMMAND …: runs the command with DATABASE_URL naming a PostgreSQL of its own, gone afterwards.
set -eu
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
folder=$(mktemp -d)
as_owner() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as_owner() { runuser -u postgres -- "$@"; }
fi
cleanup() {
    as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
cd "$folder"
as_owner "$bin/initdb" -D "$folder/data" -A trust -U needle -E UTF8 --locale=C.UTF-8 >/dev/null
# What tests write is rolled back: statistics of tables taken as empty would mislead whoever fills them next.
as_owner "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
    -o "-k $folder -c listen_addresses='' -c fsync=off -c full_page_writes=off -c autovacuum=off -c max_connections=200" start >/dev/null
as_owner chmod 755 "$folder"
cd - >/dev/null
status=0
DATABASE_URL="postgresql://needle@/postgres?host=$folder" "$@" || status=$?
exit $status
