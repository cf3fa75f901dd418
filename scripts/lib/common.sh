# shellcheck shell=bash
# Sourced first by every command: strict mode, where the tree is, progress and cache.

set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin
umask 022
# With standard input closed, the first file opened would take its place.
{ : <&0; } 2>/dev/null || exec </dev/null

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# shellcheck source=scripts/lib/cache.sh
. "$repository/scripts/lib/cache.sh"
# shellcheck source=scripts/lib/progress.sh
. "$repository/scripts/lib/progress.sh"
# shellcheck source=scripts/lib/packages.sh
. "$repository/scripts/lib/packages.sh"

# True on an ARM64 machine whose /dev/kvm this user can open: nothing is emulated then.
has_arm64_kvm() { [ "$(uname -m)" = aarch64 ] && [ -r /dev/kvm ] && [ -w /dev/kvm ]; }

# Prints the comment block at the top of the script: its --help.
print_help() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }
