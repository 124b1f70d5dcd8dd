#!/usr/bin/env bash
# Runs a command with a temporary Postgres cluster: in a scratch directory, on a free port of 127.0.0.1, with its URL in
# CONFAB_TEST_POSTGRES_URL. Removes it in any case.
# --find succeeds if Postgres is available, installing it if possible; --bin prints the directory of its programs.
# CONFAB_POSTGRES_OPTIONS adds server options.
set -euo pipefail
# shellcheck source=scripts/packages.sh
. "$(dirname "$0")/packages.sh"

find_postgres() {
  local bin
  for bin in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV) "$(dirname "$(command -v initdb || echo /)")"; do
    [ -x "$bin/initdb" ] && printf '%s\n' "$bin" && return
  done
  return 1
}

find_postgres >/dev/null || install_package postgresql 'tests on Postgres' >&2
bin=$(find_postgres)
case "${1:-}" in
  --find) exit 0 ;;
  --bin)
    printf '%s\n' "$bin"
    exit 0
    ;;
esac

# Postgres refuses to run as root.
as_server() { "$@"; }
if [ "$(id -u)" -eq 0 ]; then
  as_server() { runuser -u postgres -- "$@"; }
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/confab-postgres.XXXXXX")
# shellcheck disable=SC2317 # the trap calls it
stop() {
  (cd / && as_server "$bin/pg_ctl" -D "$scratch/data" -m immediate stop >/dev/null 2>&1) || true
  rm -rf "$scratch"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '%s\n' "$password" >"$scratch/password"
[ "$(id -u)" -ne 0 ] || chown -R postgres "$scratch"
(cd / && as_server "$bin/initdb" -D "$scratch/data" --username=postgres --pwfile="$scratch/password" \
  --auth=scram-sha-256 --encoding=UTF8 --no-locale --no-instructions >/dev/null)

for _ in 1 2 3 4 5 6; do
  port=$((20000 + RANDOM % 12000))
  options="-p $port -k $scratch -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=on ${CONFAB_POSTGRES_OPTIONS:-}"
  if (cd / && as_server "$bin/pg_ctl" -D "$scratch/data" -l "$scratch/log" -w -o "$options" start >/dev/null); then
    export CONFAB_TEST_POSTGRES_URL="postgres://postgres:$password@127.0.0.1:$port/postgres"
    "$@"
    exit
  fi
done
cat "$scratch/log" >&2
echo 'Postgres did not start.' >&2
exit 1
