# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # it shares variables with those that read it
#
# For tests/guest/run and tests/guest/i915: a QEMU of another Debian suite, guests with stock Debian kernels in it, and a
# conversation with the program in the guest.  The guest's first serial port has what its kernel says,
# the second one is the conversation: a line with what to do, lines with what came of it.

programs=()                     # what is in the guest, besides busybox
drivers=uio_pci_generic         # the module that it loads, with those that this one needs
later=                          # another one, loaded when it is told to "load"
megabytes=200                   # its memory
words=                          # for its kernel, more than usual
chatty=                         # what its kernel says on the console, else little
# In an emulated machine everything takes longer.
patience=${VFIOD_VM:+10}
patience=${patience:-1}
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/vfiod/guest

# Sets qemu, the words that start an unmodified QEMU of the suite.
prepare_qemu() {
    local suite=$1 root=$cache/qemu-$1 suites=(--suite "$1") libraries
    # Backports lean on what they are for.
    [[ $suite != *-backports ]] || suites+=(--suite "${suite%-backports}")
    "$tools/debs" "${update[@]}" "${suites[@]}" --into "$root" --closure qemu-system-x86 || return
    libraries=$root/usr/lib/x86_64-linux-gnu
    # Its own dynamic loader, as this machine's C library is older than it wants.
    qemu=("$libraries/ld-linux-x86-64.so.2" --library-path "$libraries"
          "$root/usr/bin/qemu-system-x86_64" -L "$root/usr/share/qemu" -L "$root/usr/share/seabios")
}

# Sets guest, what it is called, and boot, QEMU's arguments that start it.
prepare_guest() {
    case $1 in
        12 | 13)
            prepare_kernel "$1" || return
            guest="Debian $1"
            boot=(-kernel "$image" -initrd "$initramfs" -append
                  "console=ttyS0 ${chatty:-quiet} panic=-1 mitigations=off nokaslr nowatchdog tsc=reliable cryptomgr.notests audit=0 i8042.noaux random.trust_cpu=on $words") ;;
        bare)
            guest="a guest without an operating system"
            boot=(-kernel "$bare") ;;
        *) false ;;
    esac
}

# Sets release, image and initramfs for the stock kernel of Debian 12 or 13.
prepare_kernel() {
    local debian=$1 kernel_dir where=()
    # Made where that was faster.
    if [ -e "${VFIOD_GUEST_KERNELS:-}/$debian" ]; then
        { read -r release && read -r image && read -r initramfs; } <"$VFIOD_GUEST_KERNELS/$debian"
        return
    fi
    if [ "$debian" = 13 ]; then
        kernel_dir=$cache/linux-trixie
        "$tools/debs" "${update[@]}" --suite trixie --meta --into "$kernel_dir" linux-image-amd64 || return
        [ -e "$kernel_dir/lib" ] || ln -s usr/lib "$kernel_dir/lib" || return
        where=(--kernel-dir "$kernel_dir")
    fi
    { read -r release && read -r kernel_dir && read -r image; } < <("$tools/vm" "${where[@]}" --image) ||
        return
    initramfs=$work/initramfs-$release
    [ -e "$initramfs" ] || make_initramfs "$kernel_dir"
}

# Puts a module in the initramfs, with those that it needs and that are not there yet.
copy_module() {
    local folder=$root/$1 module=$2 file name
    while read -r _ file _; do
        name=$(basename "${file%.ko*}").ko
        [ -z "$(find "$root" -name "??-$name")" ] || continue
        name=$folder/$n-$name
        case $file in
            *.ko) cp -- "$file" "$name" ;;
            *.xz) xz -dc -- "$file" >"$name" ;;
            *.zst) zstd -dcq -- "$file" >"$name" ;;
            *) false ;;
        esac || return
        # In the order to load them.
        n=$((n + 1))
    done < <(modprobe -C /dev/null -d "$kernel_dir" -S "$release" --show-depends "$module")
    [ $n -gt 10 ]
}

make_initramfs() {
    local kernel_dir=$1 root=$work/root-$release n=10
    mkdir -p "$root"/{bin,dev,later,modules,proc,sys} || return
    cp -- "$(type -P busybox)" "$root/bin/busybox" && cp -- "${programs[@]}" "$root" || return
    copy_module modules "$drivers" || return
    [ -z "$later" ] || copy_module later "$later" || return
    cat >"$root/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev
load() {
    for module; do
        $b insmod $module || return
    done
}
load /modules/*
exec </dev/ttyS1 >/dev/ttyS1 2>&1
$b stty raw -echo
echo "ready $($b cat /proc/sys/kernel/random/boot_id) $($b uname -r)"
PATH=/:/bin
while read -r verb words; do
    case $verb in
        reboot) $b reboot -f ;;
        off) $b poweroff -f ;;
        load)
            load /later/*
            echo "done $?" ;;
        *)
            $verb $words
            echo "done $?" ;;
    esac
done
INIT
    chmod 755 "$root/init"
    (cd "$root" && find . -mindepth 1 | cpio -o -H newc --owner=0:0 --quiet) >"$initramfs"
}

machine=
run=0

# Starts QEMU with these further arguments, and with files open: "7=/run/vfiod/iommu" makes that file
# its descriptor 7.  Nobody else has it, so that the file is closed when QEMU ends.
start() {
    local files=()
    while [[ ${1:-} =~ ^[0-9]+=/ ]]; do
        files+=("$1")
        shift
    done
    run=$((run + 1))
    console=$work/$run.console
    talk=$work/$run.talk
    : >"$talk"
    ln -sfn "$run.qemu" "$work/last.qemu"
    coproc QEMU {
        for file in ${files[@]+"${files[@]}"}; do
            eval "exec ${file%%=*}<>\${file#*=}" || exit 1
        done
        exec "${qemu[@]}" -nodefaults -no-user-config -display none -accel tcg -m "$megabytes" -smp 1 \
            "${memory[@]}" "${boot[@]}" -serial "file:$console" -chardev stdio,id=talk,signal=off \
            -serial chardev:talk "$@" 2>"$work/$run.qemu"
    }
    machine=$QEMU_PID
    # Otherwise the shell has something to say when it is killed.
    disown "$machine"
    exec {to_guest}>&"${QEMU[1]}" {from_guest}<&"${QEMU[0]}"
    boot_id=
    await_ready
}

# One line of the conversation, in line; fails when QEMU has ended, or for too long neither the guest's
# program nor its kernel has said anything.
hear() {
    local part='' said now
    said=$(stat -Lc %s -- "$console" 2>/dev/null)
    until IFS= read -r -t $((60 * patience)) line <&"$from_guest"; do
        [ $? -gt 128 ] || return 1
        part+=$line
        now=$(stat -Lc %s -- "$console" 2>/dev/null)
        [ "$now" != "$said" ] || return 1
        said=$now
    done
    line=$part${line%$'\r'}
    printf '%s\n' "$line" >>"$talk"
}

# Hears until the guest says just this, or that what it was told to do has come to another end.
hear_line() {
    while hear; do
        [ "$line" != "$1" ] || return 0
        [[ $line != done\ * ]] || break
    done
    lost "the guest does not say '$1'"
    return 1
}

# A boot other than the last.
await_ready() {
    local id begin=$SECONDS
    while hear; do
        if [[ $line == ready\ * ]]; then
            read -r _ id _ <<<"$line"
            [ "$id" != "$boot_id" ] || continue
            boot_id=$id
            say "$step: up in $((SECONDS - begin)) s"
            return 0
        fi
    done
    lost "the guest does not come up"
    return 1
}

tell() { printf '%s\n' "$*" >&"$to_guest"; }

# Has the guest's program (or the one named $2) do what $1 says, and counts its checks.
ask() {
    local before=$failed
    tell "${2:-guest} $1"
    while hear; do
        case $line in
            'ok - '*) passed=$((passed + 1)) ;;
            'not ok - '*)
                failed=$((failed + 1))
                say "$step: $line" ;;
            '#'*) say "$step: ${line#\# }" ;;
            'done 0') return 0 ;;
            'done '*)
                # It has said why, unless it broke.
                [ "$failed" != "$before" ] || lost "the guest's program ended with ${line#done }"
                return 1 ;;
            'ready '*) break ;;
        esac
    done
    lost "the guest says nothing any more, or has started anew"
    return 1
}

# Has the guest run a command, sets output to what it prints, returns its exit status.
run_in_guest() {
    output=
    tell "$*"
    while hear; do
        case $line in
            'done '*) return "${line#done }" ;;
            'ready '*) break ;;
        esac
        output+=$line$'\n'
    done
    lost "the guest does not come back from '$*'"
    return 255
}

lost() {
    failed=$((failed + 1))
    say "$step: not ok - $1"
    tail -n 20 "$work/last.qemu" "$console" "$talk" ${daemon:+"$work/vfiod"} | sed 's/^/  /' >&2
}

# Waits for QEMU's end.
gone() {
    timeout $((20 * patience)) tail -s 0.05 -f --pid="$machine" /dev/null || return 1
    machine=
    exec {to_guest}>&- {from_guest}<&-
}

power_off() {
    tell off
    gone || { lost "the guest does not switch itself off"; kill_machine; }
}

kill_machine() {
    [ -z "$machine" ] || { kill -KILL "$machine"; gone; }
}
