#define _GNU_SOURCE
#include "test_namespaces.h"
#include <sched.h>

int test_new_network(void) { return unshare(CLONE_NEWNET); }
int test_enter_network(int namespace) { return setns(namespace, CLONE_NEWNET); }
