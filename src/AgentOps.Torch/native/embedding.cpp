// Rows of a table by number; backward adds each row's gradients in the order of their positions, without atomics.
#include "shim.h"
#include "parallel.h"
#include "rows.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The positions of each row number, grouped by number, in order: starts[r] .. starts[r + 1] of the second vector.
std::pair<std::vector<int64_t>, std::vector<int64_t>> grouped(const at::Tensor& numbers, int64_t row_count) {
    auto count = numbers.numel();
    auto number = numbers.data_ptr<int64_t>();
    std::vector<int64_t> starts(static_cast<size_t>(row_count) + 1), positions(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; i++) starts[static_cast<size_t>(number[i]) + 1]++;
    for (size_t r = 0; r < static_cast<size_t>(row_count); r++) starts[r + 1] += starts[r];
    auto next = starts;
    for (int64_t i = 0; i < count; i++) positions[static_cast<size_t>(next[static_cast<size_t>(number[i])]++)] = i;
    return {std::move(starts), std::move(positions)};
}

at::Tensor gathered(const at::Tensor& gradient, const at::Tensor& numbers, int64_t row_count) {
    auto width = gradient.size(-1);
    auto sums = at::zeros({row_count, width}, gradient.options());
    auto [starts, positions] = grouped(numbers, row_count);
    auto source = gradient.data_ptr<float>();
    auto target = sums.data_ptr<float>();
    at::parallel_for(0, row_count, 64, [&, &first = starts, &place = positions](int64_t from, int64_t to) {
        for (auto r = from; r < to; r++) {
            for (auto k = first[static_cast<size_t>(r)]; k < first[static_cast<size_t>(r) + 1]; k++) {
                rows::add(width, target + r * width, source + place[static_cast<size_t>(k)] * width);
            }
        }
    });
    return sums;
}

struct Embedding : torch::autograd::Function<Embedding> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& weight, const at::Tensor& numbers) {
        auto flat = numbers.contiguous().view({-1});
        context->save_for_backward({flat});
        context->saved_data["rows"] = weight.size(0);
        auto shape = numbers.sizes().vec();
        shape.push_back(weight.size(1));
        return weight.index_select(0, flat).view(shape);
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        TORCH_CHECK(!at::GradMode::is_enabled(), "the embedding has no second derivative");
        auto numbers = context->get_saved_variables()[0];
        auto gradient = gradients[0].contiguous().view({numbers.numel(), -1});
        auto row_count = context->saved_data["rows"].toInt();
        if (gradient.is_cpu() && gradient.scalar_type() == at::kFloat) return {gathered(gradient, numbers, row_count), at::Tensor()};
        auto sums = at::zeros({row_count, gradient.size(1)}, gradient.options());
        return {sums.index_add_(0, numbers, gradient), at::Tensor()};
    }
};

}  // namespace

SHIM_API int nn_embedding(Handle numbers, Handle weight, Handle* result) {
    return shim::returning(result, [&] {
        TORCH_CHECK(weight->dim() == 2 && numbers->scalar_type() == at::kLong, "an embedding takes int64 numbers and a weight [rows, width]");
        return Embedding::apply(*weight, *numbers);
    });
}
