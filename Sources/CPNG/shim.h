// libpng's functions, with which Records writes screens as images.
#include <png.h>
