#pragma once

#include <cstdint>
#include <cstring>

// Compiled for several instruction sets; the processor chooses when the library is loaded.
#if defined(__x86_64__)
#define EVERY_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EVERY_CPU
#endif

namespace rows {

// e^x within 2 units in the last place, in a form that compilers turn into vectors: x = k ln 2 + r with |r| <= ln 2 / 2,
// e^r by its Taylor polynomial of degree 7, 2^k by the exponent's bits. Below the smallest normal number it gives 0.
inline __attribute__((always_inline)) float exponential(float x) {
    const float nearest = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number kept in the low bits
    float bounded = x > 88.3762626647949f ? 88.3762626647949f : x;
    bounded = bounded < -87.0f ? -87.0f : bounded;
    float shifted = bounded * 1.44269504088896341f + nearest;
    float k = shifted - nearest;
    float r = bounded - k * 0.693359375f + k * 2.12194440e-4f;
    float power = 1.0f / 5040;
    power = power * r + 1.0f / 720;
    power = power * r + 1.0f / 120;
    power = power * r + 1.0f / 24;
    power = power * r + 1.0f / 6;
    power = power * r + 0.5f;
    power = power * r + 1.0f;
    power = power * r + 1.0f;
    int32_t bits;
    std::memcpy(&bits, &shifted, sizeof bits);
    bits = static_cast<int32_t>((static_cast<uint32_t>(bits) - 0x4B400000u + 127u) << 23);
    float scale;
    std::memcpy(&scale, &bits, sizeof scale);
    return x < -87.0f ? 0.0f : power * scale;
}

}  // namespace rows
