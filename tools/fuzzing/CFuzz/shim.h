#pragma once
#include <stddef.h>
#include <stdint.h>

// libFuzzer's own loop, for a program that keeps its `main`.
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*one)(const uint8_t *data, size_t size));
