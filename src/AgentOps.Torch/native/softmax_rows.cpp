#include "rows.h"
#include "every_cpu.h"

#include <cmath>
#include <limits>

namespace rows {

namespace {

constexpr float nothing = -std::numeric_limits<float>::infinity();

}  // namespace

EVERY_CPU Normaliser log_sum_exp(int64_t n, const float* x) {
    float most = nothing;
#pragma omp simd reduction(max : most)
    for (int64_t i = 0; i < n; i++) most = x[i] > most ? x[i] : most;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += exponential(x[i] - most);
    return {most, std::log(sum)};
}

EVERY_CPU void log_prob_backward(int64_t n, const float* x, const Normaliser& normaliser, float g, float* dx) {
    const Normaliser z = normaliser;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) dx[i] = -g * exponential(x[i] - z.most - z.rest);
}

EVERY_CPU float attend(int64_t n, float* scores, float scale, const Sight& sight) {
    const int64_t seen = sight.seen;
    const int64_t own = sight.own;
    const int64_t* segments = sight.segments;
    int64_t visible = seen;
    if (segments != nullptr) {
        visible = 0;
#pragma omp simd reduction(+ : visible)
        for (int64_t i = 0; i < seen; i++) {
            visible += segments[i] == own;
            scores[i] = segments[i] == own ? scores[i] : nothing;
        }
    }
    if (visible == 0) {
        for (int64_t i = 0; i < n; i++) scores[i] = 0;
        return -nothing;
    }
    float most = nothing;
#pragma omp simd reduction(max : most)
    for (int64_t i = 0; i < seen; i++) most = scores[i] > most ? scores[i] : most;
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < seen; i++) sum += scores[i] = exponential(scale * (scores[i] - most));
    float share = 1 / sum;
#pragma omp simd
    for (int64_t i = 0; i < seen; i++) scores[i] *= share;
    for (int64_t i = seen; i < n; i++) scores[i] = 0;
    return scale * most + std::log(sum);
}

EVERY_CPU void attend_again(int64_t n, float* scores, float scale, float normaliser, const Sight& sight) {
    const int64_t seen = sight.seen;
    const int64_t own = sight.own;
    const int64_t* segments = sight.segments;
#pragma omp simd
    for (int64_t i = 0; i < seen; i++) {
        float p = exponential(scale * scores[i] - normaliser);
        scores[i] = segments == nullptr || segments[i] == own ? p : 0;
    }
    for (int64_t i = seen; i < n; i++) scores[i] = 0;
}

EVERY_CPU void attend_backward(int64_t n, const float* p, float dot, float scale, float* gradient) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) gradient[i] = p[i] * (gradient[i] - dot) * scale;
}

}  // namespace rows
