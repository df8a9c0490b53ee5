/* The headers are the target; this file has their assertions checked by every build. */
#include "apus_datapath.h"
#include "apus_flow.h"
#include "apus_parse.h"
