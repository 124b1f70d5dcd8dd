#!/usr/bin/env bash
# Builds playground/dist from its lock. With --check the result must be what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

need_node
npm_ci playground
npm run check --prefix playground
npm run build --prefix playground

if [ "${1:-}" = --check ]; then
  changed=$(git status --porcelain -- playground/dist)
  if [ -n "$changed" ]; then
    printf 'playground/dist is not what its sources build; make playground, and commit it:\n%s\n' \
      "$changed" >&2
    exit 1
  fi
fi
