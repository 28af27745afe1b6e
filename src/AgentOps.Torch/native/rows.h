// Arithmetic over rows of floats, free of torch: each function is compiled for several instruction sets and the
// processor chooses when the library is loaded. Sums have a fixed order, whatever the number of threads.
#pragma once

#include <cstdint>

namespace rows {

struct AdamW {
    float decay;         // 1 - learning rate * weight decay
    float step;          // learning rate / (1 - beta1^t)
    float beta1, rest1;  // rest = 1 - beta, subtracted in double
    float beta2, rest2;
    float root;          // 1 / sqrt(1 - beta2^t)
    float eps;
    float sign;          // -1 to maximise
};

// largest may be null.
void adamw(int64_t n, float* p, const float* g, float* m, float* v, float* largest, const AdamW& c);
double square_sum(int64_t n, const float* x);
void add(int64_t n, float* sum, const float* x);

// y = x * inverse * w, where inverse = 1 / sqrt(mean(x^2) + eps) is the result.
float rms(int64_t n, const float* x, const float* w, float eps, float* y);
void rms_backward(int64_t n, const float* x, const float* w, const float* dy, float inverse, float* dx);
// dw += dy * x * inverse
void rms_weight(int64_t n, const float* x, const float* dy, float inverse, float* dw);

void swiglu(int64_t n, const float* gate, const float* up, float* y);
void swiglu_backward(int64_t n, const float* gate, const float* up, const float* dy, float* dgate, float* dup);

// Rotates the pairs (x[i], x[i + half]); sign -1 turns them back.
void rotate(int64_t half, const float* x, const float* cosine, const float* sine, float sign, float* y);

// log(sum(exp(x))) in two parts: the largest x, and what the logarithm adds to it. Subtracted one after the other from
// an x they lose no digits to a large x.
struct Normaliser {
    float most;
    float rest;
};

Normaliser log_sum_exp(int64_t n, const float* x);
// dx = -g * exp(x - normaliser); the caller adds g at the target.
void log_prob_backward(int64_t n, const float* x, const Normaliser& normaliser, float g, float* dx);

// What a query sees: its first `seen` keys, and of those its own segment's where segments are given.
struct Sight {
    int64_t seen;
    const int64_t* segments;  // may be null
    int64_t own;
};

// scores become softmax(scale * scores) over the keys in sight and 0 elsewhere; the result is the normaliser
// log(sum(exp(scale * scores))), infinite if nothing is in sight.
float attend(int64_t n, float* scores, float scale, const Sight& sight);
// scores become the same probabilities by their known normaliser.
void attend_again(int64_t n, float* scores, float scale, float normaliser, const Sight& sight);
// gradient = p * (gradient - dot) * scale
void attend_backward(int64_t n, const float* p, float dot, float scale, float* gradient);
float dot(int64_t n, const float* x, const float* y);

}  // namespace rows
