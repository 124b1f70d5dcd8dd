# Sourced. Sees to commands that come from the system's package manager: installs on Debian and its
# kin what is missing and nothing else, and says elsewhere what is wanted.
# shellcheck shell=bash

# ensure <command> <Debian package>: the command is there afterwards, or the answer is false.
ensure() {
  command -v "$1" >/dev/null 2>&1 || install_package "$2" "$1"
}

# install_package <Debian package> <what it is for>
install_package() {
  local as_root=()
  if ! command -v apt-get >/dev/null 2>&1; then
    printf '%s is missing: please install it (in Debian it is the package %s).\n' "$2" "$1" >&2
    return 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      printf '%s is missing: please have the package %s installed.\n' "$2" "$1" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  printf 'Installing the package %s for %s.\n' "$1" "$2"
  apt_install "$1" || { "${as_root[@]}" apt-get update -qq && apt_install "$1"; }
}

# Uses as_root of its caller.
apt_install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends "$1" >/dev/null
}
