# SPDX-License-Identifier: BSD-2-Clause
#
# tiny.s - the program of the samples: its accesses can be told by hand
#
#     gcc -nostdlib -static -o tiny tiny.s
#     valgrind --tool=lackey --trace-mem=yes --log-file=tiny.lackey ./tiny
#     perf record -e page-faults -c 1 -d -o perf.data ./tiny
#     perf script -i perf.data -F pid,time,event,addr,ip > tiny.perf
#     perf script -i perf.data -F +addr > tiny-all.perf
#
# x86-64; valgrind 3.19, perf 6.1.  Code lies in page 0x401, buf in 0x402 on.
	.globl _start
	.bss
	.balign 4096
buf:	.skip 12288
	.text
_start:
	mov $3, %ecx
	lea buf(%rip), %rdi
1:	mov (%rdi), %rax	# load, page 0x402 + i
	add $1, %rax
	mov %rax, 8(%rdi)	# store
	incq (%rdi)		# load and store
	add $4096, %rdi
	dec %ecx
	jnz 1b
	lea buf+4092(%rip), %rsi
	mov (%rsi), %rbx	# load, from page 0x402 into 0x403
	mov $60, %eax		# exit(0)
	xor %edi, %edi
	syscall
