# SPDX-License-Identifier: BSD-2-Clause
# Server only; the client runs outside, through QEMU's user network.
modprobe virtio_net
sleep 1
nic=$(ls /sys/class/net | grep -v lo | head -1)
ip link set "$nic" up
ip addr add 10.0.2.15/24 dev "$nic"
ip route add default via 10.0.2.2
memcached -u root -m 3000 -c 16384 -t 4 -l 0.0.0.0 -p 11211 \
	-o hashpower=21 &
sleep 1
echo READY
# Once no more connections come, all are there, and requests go on.
count=0
still=0
while [ "$count" -lt 400 ] || [ $still -lt 4 ]; do
	sleep 1
	old=$count
	count=$(awk '/^TCP:/ { print $3 }' /proc/net/sockstat)
	still=$([ "$count" = "$old" ] && echo $((still + 1)) || echo 0)
done
echo "$count connections"
sleep 4
trigger start
sleep 1000
