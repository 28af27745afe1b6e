// Storage on the CPU: counted, so that a test can see a leaked graph, and kept by malloc between steps.
#pragma once

#include <cstdint>

namespace shim {

void install_memory();
int64_t live_bytes();
// The most since the last call.
int64_t peak_bytes();

}  // namespace shim
