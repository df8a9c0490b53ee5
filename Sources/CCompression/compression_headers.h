// Of bzlib.h's symbols only those that do not need <stdio.h>'s FILE are used.
#include <zlib.h>
#include <zstd.h>
#include <lzma.h>
#include <bzlib.h>
