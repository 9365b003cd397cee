# shellcheck shell=bash
# What the systems of scripts/lib/systemd-container and scripts/lib/systemd-vm have in common: a folder each, and somebody who
# boots them again until whoever wanted them has left. Sourced after common.sh and needs.sh.
#
# In the folder stand, for whoever looks for the system there:
#   init    the number of the process that stands for it, another after each boot; to kill it is to cut the power
#   enter   a program that runs a command in it, as root, with nothing in its environment but a PATH

# shellcheck disable=SC2034 # For the script that sources this, like `system` and, the other way round, `place`.
system_path=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# start_running PLACE: boots the system of this folder, and goes on with it, in a process that dies with this one.
start_running() {
  setpriv --pdeathsig KILL "scripts/lib/${0##*/}" --run "$1" &
  system=$!
}

# Boots, and again after each end, be it a reboot or a cut of the power. `boot` succeeds if the system was there to be found.
run_system() {
  while boot; do :; done
}

# Whoever finds one of these files finds all of it.
tell_init() {
  printf '%s' "$1" >"$place/init.new"
  mv "$place/init.new" "$place/init"
}

# tell_enter COMMAND: a line of bash that runs the words in "$@".
tell_enter() {
  printf '#!/usr/bin/env bash\n%s\n' "$1" >"$place/enter"
  chmod +x "$place/enter"
}

# What earlier runs left that were killed themselves.
sweep_places() {
  local old
  for old in "$tools_dir"/homie-system-*; do
    [[ -d "$old" && ! -d "/proc/${old##*-}" ]] && rm -rf --one-file-system "$old"
  done
  return 0
}
