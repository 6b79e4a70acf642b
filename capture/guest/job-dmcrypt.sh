# SPDX-License-Identifier: BSD-2-Clause
# Sequential 4k writes to ext4 on dm-crypt on a RAM disk.
modprobe brd rd_nr=1 rd_size=2097152 max_part=1
modprobe dm-crypt
modprobe aes-ce-blk
modprobe xts
sectors=$(blockdev --getsz /dev/ram0)
key=$(awk 'BEGIN { for (i = 0; i < 64; i++) printf "%02x", i * 37 % 256 }')
dmsetup --noudevsync create crypt \
	--table "0 $sectors crypt aes-xts-plain64 $key 0 /dev/ram0 0"
dmsetup mknodes
mkfs.ext4 -q -F /dev/mapper/crypt
mkdir -p /tmp/data
mount -t ext4 /dev/mapper/crypt /tmp/data
fio --name=iops-test-job --directory=/tmp/data --thread --numjobs=1 \
	--rw=write --bs=4k --size=1400M --loops=1 --fsync_on_close=1 \
	--ioengine=sync --iodepth=1 --random_generator=lfsr --norandommap \
	--randrepeat 1 --group_reporting >/tmp/fio.log 2>&1 &
# fio preallocates its file: what counts is what has reached the device.
written=0
while [ "$written" -lt 350000 ] && [ -d /proc/$! ]; do
	sleep 0.5
	written=$(awk '$3 == "dm-0" { print int($10 / 2) }' /proc/diskstats)
done
echo "$written KiB written"
trigger start
wait
