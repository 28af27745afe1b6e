// Fused operations over rows, with their derivatives, for CPU float32.
#include "shim.h"
#include "parallel.h"
#include "rows.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// About as many floats as are worth a thread of their own.
constexpr int64_t grain = 1 << 14;

int64_t rows_per_thread(int64_t width) { return std::max<int64_t>(1, grain / std::max<int64_t>(1, width)); }

void once(const char* name) { TORCH_CHECK(!at::GradMode::is_enabled(), name, " has no second derivative; use its composite"); }

void plain(const at::Tensor& tensor, const char* name) {
    TORCH_CHECK(tensor.is_cpu() && tensor.scalar_type() == at::kFloat, name, " takes float32 on the CPU, not ", tensor.toString());
}

struct RmsNorm : torch::autograd::Function<RmsNorm> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& weight, double eps) {
        auto x = input.contiguous(), w = weight.contiguous(), y = at::empty(x.sizes(), x.options());
        auto width = x.size(-1), count = x.numel() / width;
        auto inverse = at::empty({count}, x.options());
        auto from = x.data_ptr<float>(), by = w.data_ptr<float>();
        auto to = y.data_ptr<float>(), scale = inverse.data_ptr<float>();
        at::parallel_for(0, count, rows_per_thread(width), [&](int64_t first, int64_t last) {
            for (auto i = first; i < last; i++) scale[i] = rows::rms(width, from + i * width, by, static_cast<float>(eps), to + i * width);
        });
        context->save_for_backward({x, w, inverse});
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        once("RmsNorm");
        auto saved = context->get_saved_variables();
        auto &x = saved[0], &w = saved[1], &inverse = saved[2];
        auto dy = gradients[0].contiguous(), dx = at::empty_like(x);
        auto width = x.size(-1), count = x.numel() / width;
        // Pieces of fixed size, summed in order: the weight's gradient does not depend on the number of threads.
        constexpr int64_t piece = 64;
        auto pieces = (count + piece - 1) / piece;
        auto partial = at::zeros({pieces, width}, x.options());
        auto xs = x.data_ptr<float>(), ws = w.data_ptr<float>(), ys = dy.data_ptr<float>();
        auto is = inverse.data_ptr<float>(), to = dx.data_ptr<float>(), sums = partial.data_ptr<float>();
        at::parallel_for(0, pieces, std::max<int64_t>(1, rows_per_thread(width) / piece), [&](int64_t first, int64_t last) {
            for (auto i = first * piece; i < std::min(count, last * piece); i++) {
                rows::rms_backward(width, xs + i * width, ws, ys + i * width, is[i], to + i * width);
                rows::rms_weight(width, xs + i * width, ys + i * width, is[i], sums + i / piece * width);
            }
        });
        auto dw = at::zeros({width}, x.options());
        for (int64_t i = 0; i < pieces; i++) rows::add(width, dw.data_ptr<float>(), sums + i * width);
        return {dx, dw, at::Tensor()};
    }
};

struct SwiGlu : torch::autograd::Function<SwiGlu> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& gate, const at::Tensor& up) {
        auto g = gate.contiguous(), u = up.contiguous(), y = at::empty(g.sizes(), g.options());
        auto gs = g.data_ptr<float>(), us = u.data_ptr<float>(), ys = y.data_ptr<float>();
        at::parallel_for(0, g.numel(), grain, [&](int64_t first, int64_t last) {
            rows::swiglu(last - first, gs + first, us + first, ys + first);
        });
        context->save_for_backward({g, u});
        return y;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        once("SwiGlu");
        auto saved = context->get_saved_variables();
        auto &g = saved[0], &u = saved[1];
        auto dy = gradients[0].contiguous(), dg = at::empty_like(g), du = at::empty_like(u);
        auto gs = g.data_ptr<float>(), us = u.data_ptr<float>(), ys = dy.data_ptr<float>();
        auto dgs = dg.data_ptr<float>(), dus = du.data_ptr<float>();
        at::parallel_for(0, g.numel(), grain, [&](int64_t first, int64_t last) {
            rows::swiglu_backward(last - first, gs + first, us + first, ys + first, dgs + first, dus + first);
        });
        return {dg, du};
    }
};

// x [B, H, T, D] of any strides over B, H, T; the result lies as [B, T, H, D], so that merging the heads copies nothing.
at::Tensor turned(const at::Tensor& input, const at::Tensor& table, float sign) {
    auto x = input.stride(3) == 1 ? input : input.contiguous();
    auto batch = x.size(0), heads = x.size(1), length = x.size(2), width = x.size(3);
    auto y = at::empty({batch, length, heads, width}, x.options());
    auto from = x.data_ptr<float>(), turns = table.data_ptr<float>(), to = y.data_ptr<float>();
    auto own_table = table.size(0) > 1;
    at::parallel_for(0, batch * length, rows_per_thread(heads * width), [&](int64_t first, int64_t last) {
        for (auto i = first; i < last; i++) {
            auto b = i / length, t = i % length;
            auto cosine = turns + ((own_table ? b : 0) * length + t) * width;
            for (int64_t h = 0; h < heads; h++) {
                auto source = from + b * x.stride(0) + h * x.stride(1) + t * x.stride(2);
                rows::rotate(width / 2, source, cosine, cosine + width / 2, sign, to + (i * heads + h) * width);
            }
        }
    });
    return y.transpose(1, 2);
}

struct Rope : torch::autograd::Function<Rope> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& table) {
        context->save_for_backward({table});
        return turned(x, table, 1);
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        once("Rope");
        return {turned(gradients[0], context->get_saved_variables()[0], -1), at::Tensor()};
    }
};

struct TokenLogProbs : torch::autograd::Function<TokenLogProbs> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& logits, const at::Tensor& targets) {
        auto x = logits.contiguous(), t = targets.contiguous();
        auto count = x.size(0), width = x.size(1);
        auto result = at::empty({count}, x.options()), normalisers = at::empty({count, 2}, x.options());
        auto xs = x.data_ptr<float>(), ys = result.data_ptr<float>(), ns = normalisers.data_ptr<float>();
        auto ts = t.data_ptr<int64_t>();
        for (int64_t i = 0; i < count; i++) TORCH_CHECK(ts[i] >= 0 && ts[i] < width, "target ", ts[i], " of row ", i, " is not in [0, ", width, ")");
        at::parallel_for(0, count, rows_per_thread(width), [&](int64_t first, int64_t last) {
            for (auto i = first; i < last; i++) {
                auto normaliser = rows::log_sum_exp(width, xs + i * width);
                ns[2 * i] = normaliser.most;
                ns[2 * i + 1] = normaliser.rest;
                ys[i] = xs[i * width + ts[i]] - normaliser.most - normaliser.rest;
            }
        });
        context->save_for_backward({x, t, normalisers});
        return result;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        once("TokenLogProbs");
        auto saved = context->get_saved_variables();
        auto &x = saved[0], &t = saved[1], &normalisers = saved[2];
        auto g = gradients[0].contiguous(), dx = at::empty_like(x);
        auto count = x.size(0), width = x.size(1);
        auto xs = x.data_ptr<float>(), ns = normalisers.data_ptr<float>(), gs = g.data_ptr<float>(), to = dx.data_ptr<float>();
        auto ts = t.data_ptr<int64_t>();
        at::parallel_for(0, count, rows_per_thread(width), [&](int64_t first, int64_t last) {
            for (auto i = first; i < last; i++) {
                rows::log_prob_backward(width, xs + i * width, {ns[2 * i], ns[2 * i + 1]}, gs[i], to + i * width);
                to[i * width + ts[i]] += gs[i];
            }
        });
        return {dx, at::Tensor()};
    }
};

}  // namespace

SHIM_API int kernel_rms_norm(Handle x, Handle weight, double eps, Handle* result) {
    return shim::returning(result, [&] {
        plain(*x, "RmsNorm");
        plain(*weight, "RmsNorm");
        TORCH_CHECK(x->dim() > 0 && weight->dim() == 1 && weight->size(0) == x->size(-1) && x->size(-1) > 0,
            "RmsNorm takes x [..., D] and weight [D], not ", x->sizes(), " and ", weight->sizes());
        return RmsNorm::apply(*x, *weight, eps);
    });
}

SHIM_API int kernel_swiglu(Handle gate, Handle up, Handle* result) {
    return shim::returning(result, [&] {
        plain(*gate, "SwiGlu");
        plain(*up, "SwiGlu");
        TORCH_CHECK(gate->sizes() == up->sizes(), "SwiGlu takes two tensors of one shape, not ", gate->sizes(), " and ", up->sizes());
        return SwiGlu::apply(*gate, *up);
    });
}

SHIM_API int kernel_rope(Handle x, Handle table, Handle* result) {
    return shim::returning(result, [&] {
        plain(*x, "Rope");
        plain(*table, "Rope");
        auto fits = x->dim() == 4 && table->dim() == 3 && table->size(1) == x->size(2) && table->size(2) == x->size(3) &&
            x->size(3) % 2 == 0 && (table->size(0) == 1 || table->size(0) == x->size(0));
        TORCH_CHECK(fits, "Rope takes x [B, H, T, D] and a table [1 or B, T, D], not ", x->sizes(), " and ", table->sizes());
        return Rope::apply(*x, table->contiguous());
    });
}

SHIM_API int kernel_token_log_probs(Handle logits, Handle targets, Handle* result) {
    return shim::returning(result, [&] {
        plain(*logits, "TokenLogProbs");
        TORCH_CHECK(logits->dim() == 2 && targets->dim() == 1 && targets->size(0) == logits->size(0) && targets->scalar_type() == at::kLong,
            "TokenLogProbs takes logits [N, V] and int64 targets [N], not ", logits->sizes(), " and ", targets->sizes());
        return TokenLogProbs::apply(*logits, *targets);
    });
}
