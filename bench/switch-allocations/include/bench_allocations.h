/* Counts what the threads of a datapath allocate: the program is linked with --wrap, so that every call of malloc and its like comes here. */
#ifndef BENCH_ALLOCATIONS_H
#define BENCH_ALLOCATIONS_H

#include <stdint.h>

/* Calls so far by threads other than the first. */
uint64_t bench_allocations(void);

#endif
