# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # it shares variables with those that read it
#
# For tests/guest/i915 and tests/guest/run, after machine.sh and daemon.sh: what the i915 driver of a guest
# of this kind has to say and to do.

# A text console on a picture is 100 times slower here than all else: it is on a picture that isn't there.
# A busy host makes the kernel misjudge the processor's clock, by as much as 18 times; rates of frames are
# measured with another one.
driver_words="fbcon=map:9 clocksource=hpet"

# A whole GPU for one guest, a slice of one for the other.
declare -A resolution=([12]=1920x1200 [13]=1024x768)
declare -A mappable=([12]='base 0x0 size 262144KiB' [13]='base 0x4000000 size 131072KiB')
declare -A unmappable=([12]='base 0x10000000 size 3932160KiB' [13]='base 0x40000000 size 393216KiB')

# Lines of the guest's log that are complaints: of the kernel at all, and everything of the driver with
# the kernel's levels 0 to 3, which are errors.
complaint='WARNING:|BUG:|Oops|Call Trace|cut here|\*ERROR\*|wedged|GPU HANG|timed out|CI tainted'
complaint+='|^<[0-3]>.*(i915|drm)'

# The display's microcontroller saves power while nothing is shown. Its firmware isn't free, and isn't in
# the guest; hardware of this kind does without it.
harmless='firmware: failed to load i915/[a-z]*_dmc_ver[0-9_]*\.bin'

# The batch without end is reported.
reported='GPU HANG: ecode|stopped heartbeat'

# Takes what the guest's kernel has said since the last time.
read_log() { run_in_guest busybox dmesg -r -c && log=$output; }

expect_line() { expect -n "$(grep -F -e "$1" <<<"$log")" "the guest's log has '$1'"; }

# "$@": further lines that may be there.
check_log() {
    local line except=(-e "$harmless") complaints
    for line; do
        except+=(-e "$line")
    done
    complaints=$(grep -E -e "$complaint" <<<"$log" | grep -E -v "${except[@]}" | head -n 5)
    expect -z "$complaints" "no complaints in the guest's log: $complaints"
}

# What the driver says when it starts.
check_start() {
    read_log || return
    expect_line 'Virtual GPU for Intel GVT-g detected.'
    expect_line "Mappable graphic memory: ${mappable[$kind]}"
    expect_line "Unmappable graphic memory: ${unmappable[$kind]}"
    expect_line 'VGT balloon successfully'
    expect_line 'Initialized i915'
    check_log
}

# "$@": for the program that uses the display.
check_display() {
    ask "${resolution[$kind]} $*" drm
    read_log && check_log
}

# "$@": for the program that has the engines work.
check_batches() {
    ask "$*" blit
    read_log && check_log
}
