#include "rows.h"

#include <cmath>

#if defined(__x86_64__)
#define EVERY_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EVERY_CPU
#endif

namespace rows {

EVERY_CPU void adamw(int64_t n, float* p, const float* g, float* m, float* v, float* largest, const AdamW& c) {
    const AdamW k = c;
    for (int64_t i = 0; i < n; i++) {
        float gradient = k.sign * g[i];
        float first = k.beta1 * m[i] + (1 - k.beta1) * gradient;
        float second = k.beta2 * v[i] + (1 - k.beta2) * gradient * gradient;
        m[i] = first;
        v[i] = second;
        if (largest != nullptr) second = largest[i] = largest[i] > second ? largest[i] : second;
        p[i] = p[i] * k.decay - k.step * first / (std::sqrt(second) * k.root + k.eps);
    }
}

EVERY_CPU double square_sum(int64_t n, const float* x) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += static_cast<double>(x[i]) * x[i];
    return sum;
}

EVERY_CPU void scale(int64_t n, float* x, float factor) {
    for (int64_t i = 0; i < n; i++) x[i] *= factor;
}

EVERY_CPU void add(int64_t n, float* sum, const float* x) {
    for (int64_t i = 0; i < n; i++) sum[i] += x[i];
}

}  // namespace rows
