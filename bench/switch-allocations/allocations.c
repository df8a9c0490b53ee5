#define _GNU_SOURCE
#include "bench_allocations.h"
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

static atomic_uint_fast64_t count;

uint64_t bench_allocations(void) { return atomic_load(&count); }

static void note(void) {
	if (gettid() != getpid()) atomic_fetch_add(&count, 1);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t number, size_t size);
void *__real_realloc(void *memory, size_t size);

void *__wrap_malloc(size_t size) {
	note();
	return __real_malloc(size);
}

void *__wrap_calloc(size_t number, size_t size) {
	note();
	return __real_calloc(number, size);
}

void *__wrap_realloc(void *memory, size_t size) {
	note();
	return __real_realloc(memory, size);
}
