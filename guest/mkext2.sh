#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# mkext2.sh MIB FOLDER FILE: an ext2 image (blocks of 4096, sparse) with what FOLDER holds, in which no time and no
# chance is left: the same files give the same bytes. Owners are those of the files.
set -eu
mib=$1 folder=$2 file=$3
uuid=6d6d7363-6f70-6520-6578-743220666421  # says so in ASCII
PATH=$PATH:/usr/sbin:/sbin                 # where Debian has mke2fs
moment=1230161197                          # 2008-12-24T23:26:37Z, the release of 2.6.28
staged=$(mktemp -d)
trap 'rm -rf "$staged" "$staged.log"' EXIT

cp -R "$folder/." "$staged"
find "$staged" -exec touch -h -d "@$moment" {} +
rm -f "$file.new"
export E2FSPROGS_FAKE_TIME=$moment
mke2fs -q -t ext2 -b 4096 -I 128 -m 0 -O none,filetype,sparse_super,large_file \
  -U "$uuid" -E "hash_seed=$uuid,root_owner=0:0" -d "$staged" "$file.new" "${mib}M" >/dev/null 2>"$staged.log" \
  || { cat "$staged.log" >&2; exit 1; }
# Nobody can set when a file's inode was changed last, so the image gets that from here. Inodes: 2 is the root, 11
# lost+found, the staged files follow.
last=$((11 + $(find "$staged" -mindepth 1 | wc -l)))
for inode in 2 $(seq 11 "$last"); do
  for time in ctime atime mtime; do echo "set_inode_field <$inode> $time @$moment"; done
done >"$staged.log"
debugfs -w -f "$staged.log" "$file.new" >/dev/null 2>&1
mv "$file.new" "$file"
