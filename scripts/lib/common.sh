# shellcheck shell=bash
# What every script starts with: strict mode, the repository as working directory, and words for the person.
# Sourced, never run.

set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# No colours: the runners' output is counted, and read in logs.
export NO_COLOR=1 CARGO_TERM_COLOR=never
unset CLICOLOR_FORCE FORCE_COLOR

# Browsers come from the system, so that there is one and it is patched with the rest.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1

# npm only runs our commands here; what it thinks of its own configuration is for another time.
export npm_config_loglevel=error

say() {
  printf '%s\n' "$*"
}

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

in_ci() {
  [[ "${CI:-}" == true ]]
}

# The usage of a script is the comment at its top.
usage() {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
}

# Seconds since `$1`, a value of EPOCHREALTIME, with one decimal.
seconds_since() {
  awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }'
}
