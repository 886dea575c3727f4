// SPDX-License-Identifier: MIT

/**
 * On x86-64 and aarch64 a switch is a few instructions, where swapcontext() makes two system calls
 * for the mask of signals. Elsewhere it is swapcontext().
 */

#include "hooked/coroutine.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

/** Bytes of a stack, of the guard below it, and of what is mapped at once. */
#define STACK_SIZE COROUTINE_STACK
#define GUARD_SIZE ((size_t)64 * 1024)
#define STACKS_SIZE (32 * (GUARD_SIZE + STACK_SIZE))

int coroutine_prepare(struct coroutine *coroutine, size_t shift)
{
	if (coroutine->stack) {
		return 0;
	}
	// A system call takes as long as some hundred accesses
	static char *next;
	static size_t left;
	// Whole guards, so that each one is made of whole pages
	size_t size = GUARD_SIZE + STACK_SIZE + (shift + GUARD_SIZE - 1) / GUARD_SIZE * GUARD_SIZE;
	if (left < size) {
		void *stacks = mmap(NULL, STACKS_SIZE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (stacks == MAP_FAILED) {
			return -1;
		}
		next = stacks;
		left = STACKS_SIZE;
	}
	if (mprotect(next, GUARD_SIZE, PROT_NONE) != 0) {
		return -1;
	}
	coroutine->stack = next + GUARD_SIZE + shift;
	next += size;
	left -= size;
	return 0;
}

char *coroutine_top(const struct coroutine *coroutine)
{
	return coroutine->stack + STACK_SIZE;
}

bool coroutine_overflows(const struct coroutine *coroutine, const void *fault)
{
	// The shift is less than a guard, and above it nothing faults
	return (uintptr_t)coroutine->stack - (uintptr_t)fault - 1 < 2 * GUARD_SIZE;
}

#if defined(__x86_64__) || defined(__aarch64__)

/** Saves the registers that a function must preserve, changes stacks, and restores them. */
void coroutine_change(void **from, void *to);

#ifdef __x86_64__
/** Words: six registers, the return address, and one that aligns the stack there. */
#define SAVED 8
#define RETURN_ADDRESS 6
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
#else
/** Words: twelve general registers, the last of which has the return address, and eight others. */
#define SAVED 20
#define RETURN_ADDRESS 11
__asm__(".text\n"
	".type coroutine_change, %function\n"
	"coroutine_change:\n"
	"	stp x19, x20, [sp, #-160]!\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x2, sp\n"
	"	str x2, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	ldp x19, x20, [sp], #160\n"
	"	ret\n"
	".size coroutine_change, .-coroutine_change\n");
#endif

void coroutine_make(struct coroutine *coroutine, void (*entry)(void))
{
	void **top = (void **)(coroutine->stack + STACK_SIZE) - SAVED;
	memset(top, 0, SAVED * sizeof(*top));
	top[RETURN_ADDRESS] = (void *)(uintptr_t)entry;
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
