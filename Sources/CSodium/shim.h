// libsodium's functions, for the module Sealing only.
#include <sodium.h>
