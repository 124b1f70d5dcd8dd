#!/usr/bin/env bash
# Measures what the tests do not assert: times. Prints the figures, and fails where a promise is not kept.
# A section per measurement; run it on a machine that does nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
. scripts/section.sh

need_node
npm_ci frontend
section 'server: people under siege, latencies quiet and besieged' scripts/verify.sh --siege
section 'client: hostile messages, main thread per message' npm run proof --prefix frontend
section 'server: what each thing costs by the size of what is around it' scripts/growth.sh
finish
