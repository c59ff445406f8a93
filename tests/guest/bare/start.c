/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From QEMU's PVH entry (32 bits, no paging) to 64 bits with the first 4 GiB where they are. Intel SDM
 * Vol 3, 10.8.5 "Initializing IA-32e Mode"; xen/include/public/arch-x86/hvm/start_info.h.
 */
__asm__("	.pushsection .note.Xen, \"a\", @note\n"
	"	.align 4\n"
	"	.long 4, 8, 18\n" /* XEN_ELFNOTE_PHYS32_ENTRY */
	"	.asciz \"Xen\"\n"
	"	.quad entry\n"
	"	.popsection\n"

	"	.pushsection .bss\n"
	"	.align 4096\n"
	"level4: .skip 4096\n"
	"level3: .skip 4096\n"
	"level2: .skip 4 * 4096\n"
	"	.skip 65536\n"
	"stack:\n"
	"	.popsection\n"

	"	.pushsection .rodata\n"
	"	.align 8\n"
	"segments: .quad 0, 0x00209a0000000000, 0x0000920000000000\n" /* none, code, data */
	"segments_end:\n"
	"table:	.word segments_end - segments - 1\n"
	"	.long segments\n"
	"	.popsection\n"

	"	.code32\n"
	"	.globl entry\n"
	"entry:	cli\n"
	"	movl $__bss_start, %edi\n" /* QEMU clears it at its start, but not at a reset */
	"	movl $_end, %ecx\n"
	"	subl %edi, %ecx\n"
	"	xorl %eax, %eax\n"
	"	cld\n"
	"	rep stosb\n"
	"	movl $level3 + 3, level4\n" /* present, writable */
	"	movl $level2 + 0x0003, level3\n"
	"	movl $level2 + 0x1003, level3 + 8\n"
	"	movl $level2 + 0x2003, level3 + 16\n"
	"	movl $level2 + 0x3003, level3 + 24\n"
	"	movl $0x83, %eax\n" /* and 2 MiB */
	"	xorl %ecx, %ecx\n"
	"1:	movl %eax, level2(,%ecx,8)\n"
	"	addl $0x200000, %eax\n"
	"	incl %ecx\n"
	"	cmpl $2048, %ecx\n"
	"	jne 1b\n"
	"	movl $0x620, %eax\n" /* PAE, SSE */
	"	movl %eax, %cr4\n"
	"	movl $level4, %eax\n"
	"	movl %eax, %cr3\n"
	"	movl $0xc0000080, %ecx\n" /* EFER: long mode */
	"	rdmsr\n"
	"	orl $0x100, %eax\n"
	"	wrmsr\n"
	"	movl $0x80000003, %eax\n" /* paging, FPU, protected mode */
	"	movl %eax, %cr0\n"
	"	lgdt table\n"
	"	ljmp $8, $long_mode\n"
	"	.code64\n"
	"long_mode:\n"
	"	movl $16, %eax\n"
	"	movl %eax, %ds\n"
	"	movl %eax, %es\n"
	"	movl %eax, %ss\n"
	"	.globl again\n"
	"again:	movl $stack, %esp\n"
	"	call bare_main\n"
	"	hlt\n");
