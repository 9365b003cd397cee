# shellcheck shell=bash
# What a tier needs, and how it gets there. Each need_* returns 0 when the thing is there (now). Otherwise it leaves
# the words for the person in `reason` and returns 1 if it tried to install it, or 2 if it cannot be installed here.
# Sourced after common.sh.

# shellcheck disable=SC2034 # For the script that sources this.
reason=""
tools_dir="${XDG_CACHE_HOME:-$HOME/.cache}/homie-tools"

need_rust() {
  need_command cargo "install Rust with rustup (https://rustup.rs)" || return
  need_package cc build-essential
}

need_rust_tools() {
  need_rust || return
  need_component clippy cargo-clippy || return
  need_component rustfmt cargo-fmt
}

need_node() {
  need_command node "install Node 20.19 or newer, with npm" || return
  need_command npm "install npm, it comes with Node" || return
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' && return
  reason="node $(node --version) is too old: install Node 20.19 or newer"
  return 2
}

# The npm packages of the lock file. The stamp is inside node_modules, so it goes when they go.
need_npm_packages() {
  need_node || return
  local stamp=node_modules/.homie-stamp wanted
  wanted="$(sha256sum <package-lock.json)"
  [[ -f "$stamp" && "$(<"$stamp")" == "$wanted" ]] && return
  say "npm ci"
  if npm ci; then
    printf '%s' "$wanted" >"$stamp"
    return
  fi
  reason="npm ci failed: its output is above"
  return 1
}

need_chromium() {
  scripts/lib/chromium >/dev/null 2>&1 && return
  need_package chromium chromium || return
  scripts/lib/chromium >/dev/null
}

# A person's terminal, for the tests of the command. They use bash, mkfifo and script as well, which every Debian has.
need_tmux() {
  need_package script bsdutils || return
  need_package tmux tmux
}

# A keyring of their own, for the tests of the keys. Elsewhere than on Linux there is none to be had, and they are not there.
need_keyring() {
  [[ "$(uname -s)" == Linux ]] || return 0
  need_package dbus-daemon dbus || return
  need_package gnome-keyring-daemon gnome-keyring || return
  need_package secret-tool libsecret-tools
}

# What the bench compares Homie with.
need_peers() {
  need_package setsid util-linux || return
  need_package tmux tmux || return
  need_package mosh-server mosh || return
  need_sshd
}

# ssh, and a server of our own.
need_sshd() {
  need_package ssh openssh-client || return
  [[ -x /usr/sbin/sshd ]] && return
  # Where services are started by themselves its package opens a port: that is for the person to decide.
  reason="sshd is missing: install it (on Debian: apt-get install openssh-server; that starts a server)"
  [[ ! -d /run/systemd/system ]] || return 2
  need_package sshd openssh-server
}

# A systemd user manager of our own needs control groups of version 2 that we may make, and so root.
need_user_manager() {
  reason="a user manager needs root and a writable cgroup2"
  [[ "$(id -u)" == 0 ]] || return 2
  [[ -w "$(findmnt --noheadings --first-only --types cgroup2 --output TARGET)" ]] || return 2
  unshare --mount --cgroup true 2>/dev/null || return 2
  need_package systemd-run systemd
}

# A system of our own needs the same and the right to mount, and what its folder is made with.
need_systemd_container() {
  reason="a systemd of its own needs root, a writable cgroup2 and the right to mount"
  [[ "$(id -u)" == 0 ]] || return 2
  local groups
  groups="$(findmnt --noheadings --first-only --types cgroup2 --output TARGET)" || return 2
  mkdir "$groups/homie-may-$$" 2>/dev/null || return 2
  rmdir "$groups/homie-may-$$"
  unshare --mount --uts --ipc --net --cgroup --pid --fork true 2>/dev/null || return 2
  need_package debootstrap debootstrap
}

# Networks of its own, with cables that carry little. sshd of our own wants to be root in them.
need_networks() {
  reason="networks of its own need root"
  [[ "$(id -u)" == 0 ]] || return 2
  reason="networks of its own fail: unshare, ip and tc (Debian: util-linux, iproute2) have to work"
  unshare --net sh -ec 'ip link add x type veth peer name y; tc qdisc replace dev x root tbf rate 1mbps burst 10kb latency 500ms' 2>/dev/null || return 2
}

# A tailnet of its own needs root, namespaces, a TUN device and Go to build it with.
need_tailnet() {
  reason="a tailnet of its own needs root"
  [[ "$(id -u)" == 0 ]] || return 2
  reason="a tailnet of its own needs namespaces: unshare fails"
  unshare --mount --net --pid --uts --ipc --fork --mount-proc true 2>/dev/null || return 2
  reason="a tailnet of its own needs the TUN device: /dev/net/tun cannot be opened"
  # Opening what is not there would make it.
  [[ -c /dev/net/tun ]] && { : <>/dev/net/tun; } 2>/dev/null || return 2
  need_package ip iproute2 || return
  reason="a tailnet of its own needs a kernel with bridges and veth"
  unshare --net sh -c 'ip link add v0 type veth peer name v1 && ip link add br0 type bridge' 2>/dev/null || return 2
  need_package openssl openssl || return
  need_package curl curl || return
  scripts/lib/tailnet-tools --are-there && return
  need_go || return
  reason="the sources of headscale and tailscale cannot be downloaded"
  scripts/lib/tailnet-tools --download || return 2
}

# Go new enough for tailscaled, also where its installer puts it without telling the shell.
need_go() {
  command -v go >/dev/null || PATH="$PATH:/usr/local/go/bin"
  need_command go "install Go 1.26.6 or newer (https://go.dev/dl)" || return
  local version
  version="$(go env GOVERSION)"
  [[ "$(printf '%s\n' go1.26.6 "$version" | sort -V | head -n 1)" == go1.26.6 ]] && return
  reason="$version is too old: install Go 1.26.6 or newer"
  return 2
}

# A machine of our own, emulated, and what its folder and its disks are made with.
need_machine() {
  reason="a machine of its own needs root, on a PC"
  [[ "$(id -u)" == 0 && "$(uname -m)" == x86_64 ]] || return 2
  need_package qemu-system-x86_64 qemu-system-x86 || return
  need_package debootstrap debootstrap || return
  need_package mke2fs e2fsprogs || return
  need_package ssh openssh-client || return
  scripts/lib/systemd-root machine >/dev/null && return
  reason="the machine's folder could not be made: the output of debootstrap is above"
  return 1
}

# A cargo tool in a directory of its own per version, outside the checkout.
need_cargo_tool() {
  local name="$1" version="$2"
  local place="$tools_dir/$name-$version"
  need_rust || return
  PATH="$place/bin:$PATH"
  [[ -x "$place/bin/$name" ]] && return
  say "cargo install $name@$version (once, into $place)"
  cargo install --quiet --locked --root "$place" "$name@$version" && return
  reason="cargo install $name@$version failed: its output is above"
  return 1
}

need_cargo_deny() {
  need_cargo_tool cargo-deny 0.20.2
}

need_cargo_fuzz() {
  need_package c++ build-essential || return
  need_cargo_tool cargo-fuzz 0.13.2
}

need_command() {
  command -v "$1" >/dev/null && return
  reason="$1 is missing: $2"
  return 2
}

need_component() {
  command -v "$2" >/dev/null && return
  if command -v rustup >/dev/null && rustup component add "$1"; then
    return
  fi
  reason="$2 is missing: rustup component add $1"
  return 2
}

# A command that a Debian package brings.
need_package() {
  local name="$1" package="$2" become=()
  command -v "$name" >/dev/null && return
  reason="$name is missing: install it (on Debian: apt-get install $package)"
  command -v apt-get >/dev/null || return 2
  if [[ "$(id -u)" != 0 ]]; then
    sudo -n true 2>/dev/null || return 2
    become=(sudo -n)
  fi
  say "apt-get install $package"
  install_package "$package" "${become[@]}" && command -v "$name" >/dev/null && return
  return 1
}

install_package() {
  local package="$1"
  shift
  "$@" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 update &&
    "$@" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$package" >/dev/null
}
