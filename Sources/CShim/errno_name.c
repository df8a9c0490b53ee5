#include "apus_shim.h"
#include <string.h>

const char *apus_errno_name(int number) { return strerrorname_np(number); }
