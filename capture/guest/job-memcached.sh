# SPDX-License-Identifier: BSD-2-Clause
# Server and client on the guest's CPU.  The client starts the recording.  (How
# many requests the bundled recording had in flight was not written down.)
# hashpower is the final size: a table that grows keeps memcached busy.
memcached -u root -m 3000 -c 16384 -t 4 -l 127.0.0.1 -p 11211 \
	-o hashpower=21 &
sleep 1
load 1200000 4000 20000 1000000000 10 256
