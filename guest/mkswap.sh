#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# mkswap.sh MIB FILE: an empty swap area of the second kind (swap_header.info of 2.6.28), as a sparse image without
# time or chance in it. Its first page: from 1024 on version 1, the last page, no bad pages; "SWAPSPACE2" at its end.
set -eu
mib=$1 file=$2
page=4096
pages=$((mib * 1048576 / page))
[ "$pages" -ge 10 ] || { echo "mkswap.sh: $mib MiB are too few" >&2; exit 1; }

# The 32-bit number $1, low byte first, as printf's octal escapes.
little_endian() {
  printf '\\%03o\\%03o\\%03o\\%03o' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}
# Writes what printf makes of $2 at byte $1 of the image.
put() { printf "$2" | dd of="$file.new" bs=1 seek="$1" conv=notrunc status=none; }

rm -f "$file.new"
truncate -s $((pages * page)) "$file.new"
put 1024 "$(little_endian 1)$(little_endian $((pages - 1)))$(little_endian 0)"
put $((page - 10)) SWAPSPACE2
mv "$file.new" "$file"
