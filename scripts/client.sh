#!/usr/bin/env bash
# Builds the web client into frontend/dist, where the server embeds it. Does nothing if its sources and lockfile are
# unchanged.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

need_node
npm_ci frontend

sources=$(find frontend \( -name node_modules -o -name dist -o -name e2e -o -path frontend/src/paraglide \
  -o -path 'frontend/project.inlang/[.R]*' \) -prune -o -type f -print0 |
  sort -z | xargs -0 sha256sum | sha256sum)
stamp=target/stamps/client
if [ -f frontend/dist/index.html ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sources" ]; then
  echo 'The client is up to date.'
  exit
fi
npm run build --prefix frontend
mkdir -p "$(dirname "$stamp")"
printf '%s\n' "$sources" >"$stamp"
