# Sourced. Provides commands of the system's package manager: installs missing packages on Debian and its derivatives,
# and reports them elsewhere.
# shellcheck shell=bash

# ensure <command> <Debian package>: installs the package if the command is missing. Fails if it cannot.
ensure() {
  command -v "$1" >/dev/null 2>&1 || install_package "$2" "$1"
}

# install_package <Debian package> <purpose>
install_package() {
  local as_root=()
  if ! command -v apt-get >/dev/null 2>&1; then
    printf '%s is missing. Install it (Debian package: %s).\n' "$2" "$1" >&2
    return 1
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      printf '%s is missing. Install the package %s as root.\n' "$2" "$1" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  printf 'Installing the package %s for %s.\n' "$1" "$2"
  apt_install "$1" || { "${as_root[@]}" apt-get update -qq && apt_install "$1"; }
}

# Uses as_root of the caller.
apt_install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends "$1" >/dev/null
}
