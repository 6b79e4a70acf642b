# SPDX-License-Identifier: BSD-2-Clause
# A file that is wholly in the page cache is read from start to end.
modprobe xfs
mkfs.xfs -q -f /dev/vdb
mkdir -p /tmp/data
mount -t xfs /dev/vdb /tmp/data
xfs_io -f -c "pwrite -b 1m 0 1536m" /tmp/data/file
sync
# Written pages are dirty in another way than read ones: read them again.
echo 3 >/proc/sys/vm/drop_caches
xfs_io -c "pread 0 1536m" /tmp/data/file
(usleep 200000; trigger start) &
xfs_io -c "pread 0 1536m" /tmp/data/file
wait
