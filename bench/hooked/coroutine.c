// SPDX-License-Identifier: MIT

/**
 * Threads of a program on one real thread: each has a stack, and leaves it for another's. On
 * x86-64 that is a dozen instructions of our own, where swapcontext() makes two system calls
 * for the mask of signals; elsewhere it is swapcontext().
 */

#include "explore/search.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

#define STACK_SIZE (256 * 1024)

int coroutine_prepare(void)
{
	for (unsigned int i = 0; i < EXPLORE_THREADS; ++i) {
		if (!engine.threads[i].stack) {
			char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (stack == MAP_FAILED) {
				return -1;
			}
			engine.threads[i].stack = stack;
		}
	}
	return 0;
}

char *coroutine_top(const struct engine_thread *thread)
{
	return thread->stack + STACK_SIZE;
}

#ifdef __x86_64__

/** Save what a function must leave as it was, change stacks, and restore. */
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

void coroutine_make(struct engine_thread *thread, void (*entry)(void))
{
	// Six registers, the address to return to, and a word so that the stack is aligned there
	void **top = (void **)(thread->stack + STACK_SIZE) - 8;
	for (int i = 0; i < 6; ++i) {
		top[i] = NULL;
	}
	top[6] = (void *)(uintptr_t)entry;
	top[7] = NULL;
	thread->stack_pointer = top;
}

void coroutine_switch(struct engine_thread *from, struct engine_thread *to)
{
	coroutine_change(&from->stack_pointer, to->stack_pointer);
}

#else

static ucontext_t contexts[EXPLORE_THREADS + 1];

void coroutine_make(struct engine_thread *thread, void (*entry)(void))
{
	ucontext_t *context = &contexts[thread - engine.threads];
	getcontext(context);
	context->uc_stack.ss_sp = thread->stack;
	context->uc_stack.ss_size = STACK_SIZE;
	context->uc_link = NULL;
	makecontext(context, entry, 0);
}

void coroutine_switch(struct engine_thread *from, struct engine_thread *to)
{
	swapcontext(&contexts[from - engine.threads], &contexts[to - engine.threads]);
}

#endif
