// One optimiser step over all parameters, and clipping by their joint norm.
#include "shim.h"
#include "parallel.h"
#include "rows.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>

namespace {

// Work is cut into pieces of fixed size, so that no sum depends on the number of threads.
constexpr int64_t piece = 1 << 14;

struct Moments {
    at::Tensor parameter, gradient, first, second, largest;
};

struct Settings {
    double rate, beta1, beta2, eps, decay, sign;
};

bool plain(const at::Tensor& tensor) {
    return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous();
}

void step_rows(Moments& t, const Settings& s, double one, double two) {
    rows::AdamW constants{
        static_cast<float>(1 - s.rate * s.decay), static_cast<float>(s.rate / one), static_cast<float>(s.beta1),
        static_cast<float>(1 - s.beta1), static_cast<float>(s.beta2), static_cast<float>(1 - s.beta2),
        static_cast<float>(1 / std::sqrt(two)), static_cast<float>(s.eps), static_cast<float>(s.sign)};
    auto p = t.parameter.data_ptr<float>(), g = t.gradient.data_ptr<float>();
    auto m = t.first.data_ptr<float>(), v = t.second.data_ptr<float>();
    auto largest = t.largest.defined() ? t.largest.data_ptr<float>() : nullptr;
    at::parallel_for(0, t.parameter.numel(), piece, [&](int64_t from, int64_t to) {
        rows::adamw(to - from, p + from, g + from, m + from, v + from, largest == nullptr ? nullptr : largest + from, constants);
    });
}

void step_tensors(Moments& t, const Settings& s, double one, double two) {
    auto gradient = t.gradient.mul(s.sign);
    t.parameter.mul_(1 - s.rate * s.decay);
    t.first.mul_(s.beta1).add_(gradient, 1 - s.beta1);
    t.second.mul_(s.beta2).addcmul_(gradient, gradient, 1 - s.beta2);
    if (t.largest.defined()) t.largest.copy_(at::maximum(t.largest, t.second));
    auto root = (t.largest.defined() ? t.largest : t.second).sqrt().div_(std::sqrt(two)).add_(s.eps);
    t.parameter.addcdiv_(t.first, root, -s.rate / one);
}

}  // namespace

// Parameters without a gradient stay as they are and their step count does not rise. largest may be null.
SHIM_API int optim_adamw(
    const Handle* parameters, const Handle* firsts, const Handle* seconds, const Handle* largest, int64_t* steps, int64_t count,
    double rate, double beta1, double beta2, double eps, double decay, int64_t maximize) {
    return shim::guarded([&] {
        at::NoGradGuard quiet;
        Settings settings{rate, beta1, beta2, eps, decay, maximize ? -1.0 : 1.0};
        for (int64_t i = 0; i < count; i++) {
            const auto& gradient = parameters[i]->grad();
            if (!gradient.defined()) continue;
            Moments t{*parameters[i], gradient.contiguous(), *firsts[i], *seconds[i], largest ? *largest[i] : at::Tensor()};
            steps[i]++;
            auto one = 1 - std::pow(beta1, static_cast<double>(steps[i]));
            auto two = 1 - std::pow(beta2, static_cast<double>(steps[i]));
            auto fast = plain(t.parameter) && plain(t.gradient) && plain(t.first) && plain(t.second);
            fast ? step_rows(t, settings, one, two) : step_tensors(t, settings, one, two);
        }
    });
}

SHIM_API int optim_clip_norm(const Handle* parameters, int64_t count, double maximum, double* norm) {
    return shim::guarded([&] {
        at::NoGradGuard quiet;
        std::vector<at::Tensor> gradients;
        double total = 0;
        for (int64_t i = 0; i < count; i++) {
            auto gradient = parameters[i]->grad();
            if (!gradient.defined()) continue;
            gradients.push_back(gradient);
            if (!plain(gradient)) {
                total += gradient.to(at::kDouble).square().sum().item<double>();
                continue;
            }
            auto pieces = (gradient.numel() + piece - 1) / piece;
            std::vector<double> sums(static_cast<size_t>(pieces));
            auto data = gradient.data_ptr<float>();
            at::parallel_for(0, pieces, 1, [&](int64_t from, int64_t to) {
                for (auto k = from; k < to; k++) {
                    sums[static_cast<size_t>(k)] = rows::square_sum(std::min(piece, gradient.numel() - k * piece), data + k * piece);
                }
            });
            for (auto sum : sums) total += sum;
        }
        *norm = std::sqrt(total);
        auto factor = maximum / (*norm + 1e-6);
        // A norm that is not finite leaves no gradient worth scaling; the caller sees it in the result.
        if (!(factor < 1)) return;
        for (auto& gradient : gradients) gradient.mul_(factor);
    });
}

SHIM_API int optim_clear(Handle parameter, int64_t to_none) {
    return shim::guarded([&] {
        auto& gradient = parameter->mutable_grad();
        if (!gradient.defined()) return;
        if (to_none) gradient.reset();
        else gradient = at::zeros_like(gradient);
    });
}
