# SPDX-License-Identifier: BSD-2-Clause
#
# Plots what churn --data FILE wrote: TLB entries that cover the map, by time.
#
#     gnuplot -e "data='FILE'; out='churn.svg'" scripts/churn.gp
#
# Columns: day, percent in 1G 32M 2M 64K 4K, MiB of tables, entries, reach MiB.
if (!exists("data")) data = "churn.dat"
if (!exists("out")) out = "churn.svg"
set terminal svg size 900,600
set output out
set key autotitle columnheader outside right
set logscale y
set xlabel "days"
set ylabel "TLB entries that cover the linear map"
set grid
stats data using 1 nooutput
plot for [i = 1:STATS_blocks - 1] data index i using 1:8 with linespoints
