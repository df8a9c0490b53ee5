/* Counts allocations of the whole program, by standing in front of the C library's malloc (dynamic programs only). */
#ifndef MALLOC_COUNT_H
#define MALLOC_COUNT_H

/* How many times memory was asked for since the program began. */
unsigned long malloc_count(void);

#endif
