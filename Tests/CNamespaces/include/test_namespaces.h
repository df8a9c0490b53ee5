/* For tests: what Glibc's module for Swift leaves out. Each returns -1 with errno. */
#ifndef TEST_NAMESPACES_H
#define TEST_NAMESPACES_H

/* Gives this thread a network namespace of its own (unshare(2)). */
int test_new_network(void);
/* Puts this thread into the network namespace behind a descriptor (setns(2)). */
int test_enter_network(int namespace);

#endif
