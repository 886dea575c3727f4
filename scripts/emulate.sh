#!/usr/bin/env bash
# emulate.sh PROGRAM [ARGUMENT]...: runs a program that was built for aarch64, under QEMU, which finds its libraries in
# build/sysroot-aarch64. The program executes itself anew by way of QBENCH_EMULATOR.
set -euo pipefail
QBENCH_EMULATOR=$(realpath -- "${BASH_SOURCE[0]}")
QEMU_LD_PREFIX=${QBENCH_EMULATOR%/scripts/*}/build/sysroot-aarch64
export QBENCH_EMULATOR QEMU_LD_PREFIX
exec qemu-aarch64-static "$@"
