// SPDX-License-Identifier: MIT

/**
 * On x86-64 a switch is a dozen instructions, where swapcontext() makes two system calls for the
 * mask of signals. Elsewhere it is swapcontext().
 */

#include "hooked/coroutine.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

/** Bytes. */
#define STACK_SIZE (256 * 1024)

int coroutine_prepare(struct coroutine *coroutine, size_t shift)
{
	if (coroutine->stack) {
		return 0;
	}
	char *stack = mmap(NULL, STACK_SIZE + shift, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack == MAP_FAILED) {
		return -1;
	}
	coroutine->stack = stack + shift;
	return 0;
}

char *coroutine_top(const struct coroutine *coroutine)
{
	return coroutine->stack + STACK_SIZE;
}

#ifdef __x86_64__

/** Saves the registers that a function must preserve, changes stacks, and restores them. */
void coroutine_change(void **from, void *to);

__asm__(".text\n"
	".type coroutine_change, @function\n"
	"coroutine_change:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size coroutine_change, .-coroutine_change\n");

void coroutine_make(struct coroutine *coroutine, void (*entry)(void))
{
	// Six registers, the return address, and a word that aligns the stack there
	void **top = (void **)(coroutine->stack + STACK_SIZE) - 8;
	for (int i = 0; i < 6; ++i) {
		top[i] = NULL;
	}
	top[6] = (void *)(uintptr_t)entry;
	top[7] = NULL;
	coroutine->stack_pointer = top;
}

void coroutine_switch(struct coroutine *from, struct coroutine *to)
{
	coroutine_change(&from->stack_pointer, to->stack_pointer);
}

#else

void coroutine_make(struct coroutine *coroutine, void (*entry)(void))
{
	ucontext_t *context = &coroutine->context;
	getcontext(context);
	context->uc_stack.ss_sp = coroutine->stack;
	context->uc_stack.ss_size = STACK_SIZE;
	context->uc_link = NULL;
	makecontext(context, entry, 0);
}

void coroutine_switch(struct coroutine *from, struct coroutine *to)
{
	swapcontext(&from->context, &to->context);
}

#endif
