// Arithmetic over rows of floats, free of torch: each function is compiled for several instruction sets and the
// processor chooses when the library is loaded. Sums have a fixed order, whatever the number of threads.
#pragma once

#include <cstdint>

namespace rows {

struct AdamW {
    float decay;        // 1 - learning rate * weight decay
    float step;         // learning rate / (1 - beta1^t)
    float beta1, beta2;
    float root;         // 1 / sqrt(1 - beta2^t)
    float eps;
    float sign;         // -1 to maximise
};

void adamw(int64_t n, float* p, const float* g, float* m, float* v, float* largest, const AdamW& c);
double square_sum(int64_t n, const float* x);
void scale(int64_t n, float* x, float factor);
void add(int64_t n, float* sum, const float* x);

}  // namespace rows
