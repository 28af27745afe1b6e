// A linear map whose weight is stored in four bits (QLoRA, arXiv:2305.14314): unpacked for each product and forgotten after it,
// in the backward pass as well, so that no step keeps the weight in full.
#include "shim.h"
#include "parallel.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace nf4 {

constexpr int64_t block = 64;   // weights that share a largest magnitude
constexpr int64_t group = 256;  // magnitudes that share a scale

// The paper's appendix E: quantiles of a normal distribution, with an exact 0.
constexpr float levels[16] = {
    -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
    0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f};

struct Packed {
    at::Tensor codes, steps, scales;
    float offset;
    int64_t rows, columns;

    at::Tensor weight() const {
        auto result = at::empty({rows, columns}, scales.options());
        auto count = rows * columns, blocks = (count + block - 1) / block;
        auto from = codes.data_ptr<uint8_t>();
        auto step = steps.data_ptr<int8_t>();
        auto scale = scales.data_ptr<float>(), to = result.data_ptr<float>();
        auto by = offset;
        at::parallel_for(0, blocks, 256, [=](int64_t first, int64_t last) {
            for (auto i = first; i < last; i++) {
                auto most = static_cast<float>(step[i]) * scale[i / group] + by;
                float values[16];
                for (auto k = 0; k < 16; k++) values[k] = levels[k] * most;
                for (auto j = i * block; j < std::min(count, (i + 1) * block); j++) to[j] = values[j % 2 == 0 ? from[j / 2] >> 4 : from[j / 2] & 15];
            }
        });
        return result;
    }
};

struct Linear : torch::autograd::Function<Linear> {
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const Packed& packed) {
        context->save_for_backward({packed.codes, packed.steps, packed.scales});
        context->saved_data["offset"] = static_cast<double>(packed.offset);
        context->saved_data["rows"] = packed.rows;
        context->saved_data["columns"] = packed.columns;
        return at::linear(x, packed.weight());
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
        TORCH_CHECK(!at::GradMode::is_enabled(), "Nf4Linear has no second derivative; use its composite");
        auto saved = context->get_saved_variables();
        Packed packed{saved[0], saved[1], saved[2], static_cast<float>(context->saved_data["offset"].toDouble()),
            context->saved_data["rows"].toInt(), context->saved_data["columns"].toInt()};
        return {at::matmul(gradients[0], packed.weight()), at::Tensor()};
    }
};

}  // namespace nf4

SHIM_API int kernel_nf4_linear(Handle x, Handle codes, Handle steps, Handle scales, double offset, int64_t rows, Handle* result) {
    return shim::returning(result, [&] {
        TORCH_CHECK(x->is_cpu() && x->scalar_type() == at::kFloat && codes->scalar_type() == at::kByte && steps->scalar_type() == at::kChar && scales->scalar_type() == at::kFloat,
            "Nf4Linear takes float32 x and scales, uint8 codes and int8 steps on the CPU");
        auto columns = x->dim() > 0 ? x->size(-1) : 0, count = rows * columns, blocks = (count + nf4::block - 1) / nf4::block;
        TORCH_CHECK(count > 0 && codes->numel() == (count + 1) / 2 && steps->numel() == blocks && scales->numel() == (blocks + nf4::group - 1) / nf4::group,
            "Nf4Linear takes x [..., in] and what was packed of a weight [out, in], not ", x->sizes(), " with ", codes->numel(), " codes for ", rows, " outputs");
        return nf4::Linear::apply(*x, nf4::Packed{codes->contiguous(), steps->contiguous(), scales->contiguous(), static_cast<float>(offset), rows, columns});
    });
}
