#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Packs the root file system: mkinitramfs.sh ROOTFS PROGRAMS ROWS STRIP OUTPUT. ROWS is the folder of the rows'
# sources, which name the links in /rows. The same input gives the same bytes: sorted names, owner 0, time 0,
# inode numbers in order.
set -eu
rootfs=$1 programs=$2 rows=$3 strip=$4 output=$5
stage=$(mktemp -d "$output.stage.XXXXXX")
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/dev" "$stage/proc" "$stage/tmp" "$stage/tests/links"
cp -RP "$rootfs/." "$stage/"
cp -R "$programs/." "$stage/"
find "$stage/bin" "$stage/tests" "$stage/rows" -type f ! -name '*.elf' -exec "$strip" --strip-debug {} +
mv "$stage/bin/init" "$stage/init"
ln -s ../etc/motd "$stage/share/motd"
ln -s loop "$stage/tests/links/loop"
ln -s ../.. "$stage/tests/links/up"
for row in $(sed -n 's/^ROW(\([A-Za-z0-9_]*\)).*/\1/p' "$rows"/*.cpp); do
    ln -s row "$stage/rows/$row"
done
find "$stage" -type d -exec chmod 755 {} +
find "$stage" -type f -exec chmod 644 {} +
find "$stage/init" "$stage/bin" "$stage/tests" "$stage/rows" -type f -exec chmod 755 {} +
find "$stage/share/scripts" -type f ! -name no_permission -exec chmod 755 {} +
find "$stage" -exec touch -h -d @0 {} +
(cd "$stage" && find . -mindepth 1 | sed 's|^\./||' | LC_ALL=C sort \
    | cpio --quiet -o -H newc --reproducible --owner=0:0) > "$output.new"
mv "$output.new" "$output"
