#!/usr/bin/env bash
# Start a PostgreSQL server of its own in a temporary folder, run a command with DATABASE_URL set, stop it again.
#   scripts/postgres.sh make-my-day --with arguments
# Looks for PostgreSQL 15 or newer in PATH and in Debian's folders. Root hands the server to the user postgres.
set -euo pipefail

find_programs() {
  local folder
  for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
    if [ -x "$folder/initdb" ]; then
      echo "$folder"
      return
    fi
  done
  echo "PostgreSQL is needed for this: install postgresql (Debian: apt install postgresql-15)." >&2
  exit 1
}

programs="$(find_programs)"
folder="$(mktemp -d)"
run=()
if [ "$(id -u)" -eq 0 ]; then
  chown postgres "$folder"
  run=(setpriv --reuid=postgres --regid=postgres --init-groups env HOME="$folder")
fi

stop() {
  "${run[@]}" "$programs/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT

cd /
"${run[@]}" "$programs/initdb" -D "$folder/data" -U pulse -A trust -E UTF8 --locale=C --no-sync >/dev/null
mkdir -p "$folder/socket" && chmod 777 "$folder/socket"
"${run[@]}" "$programs/pg_ctl" -D "$folder/data" -w -t 60 -l "$folder/data/server.log" -o \
  "-k $folder/socket -c listen_addresses='' -c max_connections=300 -c fsync=off -c full_page_writes=off -c shared_buffers=256MB" \
  start >/dev/null || { cat "$folder/data/server.log" >&2; exit 1; }
chmod 755 "$folder"
"${run[@]}" "$programs/createdb" -h "$folder/socket" -U pulse pulse
cd - >/dev/null
DATABASE_URL="postgresql://pulse@/pulse?host=$folder/socket" "$@"
