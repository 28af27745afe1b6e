#include "rows.h"
#include "every_cpu.h"

#include <cmath>

namespace rows {

EVERY_CPU void adamw(int64_t n, float* p, const float* g, float* m, float* v, float* largest, const AdamW& c) {
    const AdamW k = c;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        float gradient = k.sign * g[i];
        float first = k.beta1 * m[i] + k.rest1 * gradient;
        float second = k.beta2 * v[i] + k.rest2 * gradient * gradient;
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

EVERY_CPU void add(int64_t n, float* sum, const float* x) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) sum[i] += x[i];
}

EVERY_CPU float dot(int64_t n, const float* x, const float* y) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

EVERY_CPU float rms(int64_t n, const float* x, const float* w, float eps, float* y) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += x[i] * x[i];
    float inverse = 1 / std::sqrt(sum / static_cast<float>(n) + eps);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = x[i] * inverse * w[i];
    return inverse;
}

// dx = inverse * (dy * w) - x * inverse^3 / n * sum(dy * w * x)
EVERY_CPU void rms_backward(int64_t n, const float* x, const float* w, const float* dy, float inverse, float* dx) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += dy[i] * w[i] * x[i];
    float pull = sum * inverse * inverse * inverse / static_cast<float>(n);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) dx[i] = inverse * dy[i] * w[i] - x[i] * pull;
}

EVERY_CPU void rms_weight(int64_t n, const float* x, const float* dy, float inverse, float* dw) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) dw[i] += dy[i] * x[i] * inverse;
}

EVERY_CPU void swiglu(int64_t n, const float* gate, const float* up, float* y) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = gate[i] / (1 + exponential(-gate[i])) * up[i];
}

// d silu(g) = s (1 + g (1 - s)) with s the sigmoid of g.
EVERY_CPU void swiglu_backward(int64_t n, const float* gate, const float* up, const float* dy, float* dgate, float* dup) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        float s = 1 / (1 + exponential(-gate[i]));
        dgate[i] = dy[i] * up[i] * s * (1 + gate[i] * (1 - s));
        dup[i] = dy[i] * gate[i] * s;
    }
}

EVERY_CPU void rotate(int64_t half, const float* x, const float* cosine, const float* sine, float sign, float* y) {
#pragma omp simd
    for (int64_t i = 0; i < half; i++) {
        float first = x[i], second = x[i + half], s = sign * sine[i];
        y[i] = first * cosine[i] - second * s;
        y[i + half] = second * cosine[i] + first * s;
    }
}

}  // namespace rows
