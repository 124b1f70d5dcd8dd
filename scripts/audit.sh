#!/usr/bin/env bash
# Runs the audits of npm graphql-http against a server binary: scripts/audit.sh target/debug/confab
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

need_node
npm_ci scripts/audit
exec node scripts/audit/audit.mjs "$1"
