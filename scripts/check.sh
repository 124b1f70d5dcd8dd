#!/usr/bin/env bash
# What can be said of the code without running it: formatting, lints, documentation, licences, and
# that generated files are what their sources generate.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
. scripts/section.sh

need_rust
need_node

if ensure shellcheck shellcheck; then
  section 'scripts: shellcheck' shellcheck -x .ci/run scripts/*.sh
else
  skipped 'scripts: shellcheck' 'there is no shellcheck here and it could not be installed'
fi
section 'server: formatting' cargo fmt --all --check
section 'playground: what its sources build' scripts/playground.sh --check
# The server embeds the client, so that comes first.
section 'client: build' scripts/client.sh
section 'server: clippy' cargo clippy --locked --workspace --all-targets -- -D warnings
section 'server: documentation' cargo doc --locked --workspace --no-deps --document-private-items
section 'server: licences and bans' scripts/deny.sh
advisory 'dependencies: known vulnerabilities' scripts/advisories.sh
section 'schema: what the code prints' scripts/schema.sh --check
finish
