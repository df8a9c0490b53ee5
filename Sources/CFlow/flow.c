/* The header is the target; this file has its assertion checked by every build. */
#include "apus_flow.h"
