// zlib's functions, with which Records unpacks recordings that are compressed with gzip.
#include <zlib.h>
