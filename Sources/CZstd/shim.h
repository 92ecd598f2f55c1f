// libzstd's functions: Records compresses segments with them, and Drill unpacks frames.
#include <zstd.h>
