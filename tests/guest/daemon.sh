# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # it shares variables with those that read it
#
# For tests/guest/run and tests/guest/i915, after machine.sh: a vfiod of their own, what it has to be
# like afterwards, and the sums.

work=$(mktemp -d "${TMPDIR:-/tmp}/vfiod-guest.XXXXXX") || exit 1
passed=0
failed=0
step=
daemon=
children=()                     # processes of this script that have machines of their own
nodes=guest-test-$$
carrier=${carrier:-fuse}
served=/run/vfiod/$nodes
[ "$carrier" = fuse ] || served=/dev/$nodes

cleanup() {
    trap '' INT TERM
    [ -z "$machine" ] || kill -KILL "$machine"
    [ ${#children[@]} = 0 ] || { kill "${children[@]}"; wait "${children[@]}"; }
    [ -z "$daemon" ] || kill "$daemon"
    if [ $failed = 0 ] && [ $passed -gt 0 ]; then
        rm -rf -- "$work"
    else
        say "logs are in $work" >&2
    fi
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Starts the daemon with these arguments; devices named "$nodes/NAME" are "$served/NAME" then.
serve() {
    : >"$work/vfiod"
    "$vfiod" --carrier "$carrier" --iommu "$nodes/iommu" "$@" 2>"$work/vfiod" &
    daemon=$!
    until grep -q 'ready:' "$work/vfiod"; do
        kill -0 $daemon 2>/dev/null || { cat "$work/vfiod" >&2; die "vfiod does not start"; }
        sleep 0.05
    done
    descriptors=$(descriptors)
}

descriptors() { find /proc/$daemon/fd -type l | wc -l; }

# The daemon is as it was when it was new: no client has left anything behind.
check_daemon() {
    local now
    for _ in {1..40}; do
        now=$(descriptors)
        [ "$now" != "$descriptors" ] || break
        sleep 0.1
    done
    expect "$now" = "$descriptors" "vfiod has $now open files, as at the start ($descriptors)"
    expect -z "$(grep -E 'Sanitizer|runtime error:|stack smashing|free\(\):|malloc\(\):' "$work/vfiod")" \
        "no complaint of the C library in vfiod's log"
}

# What QEMU says about what it does is no complaint.
check_complaints() {
    local complaints
    complaints=$(grep -v ': info: ' "$work/last.qemu" | head -n 3)
    expect -z "$complaints" "QEMU has no complaints: $complaints"
}

end_daemon() {
    local status
    kill "$daemon"
    wait "$daemon"
    status=$?
    daemon=
    expect $status = 0 "vfiod ends well"
}

# A check of the host's own: an expression for test(1), and what it is.
expect() {
    local what=${*: -1}
    if test "${@:1:$#-1}"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        say "$step: not ok - $what"
    fi
}
