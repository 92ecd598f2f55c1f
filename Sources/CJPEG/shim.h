// TurboJPEG's functions, with which Records writes screens as JPEG.
#include <turbojpeg.h>
