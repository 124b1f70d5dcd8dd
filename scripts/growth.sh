#!/usr/bin/env bash
# Measures what each thing costs by the size of what is around it, on SQLite, Postgres and a fleet. Prints the table
# of docs/growth.md; fails where a cost grows beyond its bound.
#   scripts/growth.sh                     everything, half an hour
#   scripts/growth.sh --short             small sizes, and only what is counted exactly
#   scripts/growth.sh --only react,idle   some costs, by the beginnings of their names
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
. scripts/nats.sh

need_rust
CONFAB_TEST_NATS_SERVER=$(find_nats)
target=${CARGO_TARGET_DIR:-$PWD/target}/debug
CONFAB_BIN=$target/confab
CONFAB_POSTGRES_OPTIONS='-c shared_preload_libraries=pg_stat_statements -c pg_stat_statements.track_utility=off'
export CONFAB_TEST_NATS_SERVER CONFAB_BIN CONFAB_POSTGRES_OPTIONS

cargo build --locked --quiet --workspace --bins
exec scripts/with-postgres.sh "$target/loadtest" growth "$@"
