// The matrix product that fused operations call from inside their own parallel loops.
#pragma once

#include <cstdint>

namespace shim {

// Rows of floats: where they begin and how far they are apart.
struct Rows {
    float* data;
    int64_t stride;

    Rows from(int64_t row) const { return {data + row * stride, stride}; }
};

// c [m, n] = a b + beta c; a is [m, k], or [k, m] if turned; b is [k, n], or [n, k] if turned.
void multiply(bool turn_a, bool turn_b, int64_t m, int64_t n, int64_t k, Rows a, Rows b, float beta, Rows c);

}  // namespace shim
