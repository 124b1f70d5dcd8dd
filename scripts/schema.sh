#!/usr/bin/env bash
# Generates schema.graphql from the code. With --check, fails if the committed file differs.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --locked --quiet -p api
printed=$(mktemp "${TMPDIR:-/tmp}/confab-schema.XXXXXX")
trap 'rm -f "$printed"' EXIT
"${CARGO_TARGET_DIR:-target}/debug/confab" schema >"$printed"

if [ "${1:-}" = --check ]; then
  diff -u schema.graphql "$printed"
else
  cat "$printed" >schema.graphql
fi
