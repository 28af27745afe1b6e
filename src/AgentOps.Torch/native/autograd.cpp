// Gradients: which tensors need them, and the walk back through the graph.
#include "shim.h"

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

using InferenceHandle = c10::InferenceMode*;

SHIM_API int grad_is_required(Handle self, int64_t* result) {
    return shim::guarded([&] { *result = self->requires_grad(); });
}

SHIM_API int grad_require(Handle self, int64_t required) {
    return shim::guarded([&] { self->set_requires_grad(required != 0); });
}

SHIM_API int grad_get(Handle self, Handle* result) {
    return shim::guarded([&] {
        const auto& grad = self->grad();
        *result = grad.defined() ? shim::box(grad) : nullptr;
    });
}

SHIM_API int grad_set(Handle self, Handle grad) {
    return shim::guarded([&] { self->mutable_grad() = grad == nullptr ? at::Tensor() : *grad; });
}

SHIM_API int grad_is_leaf(Handle self, int64_t* result) {
    return shim::guarded([&] { *result = self->is_leaf(); });
}

SHIM_API int grad_retain(Handle self) {
    return shim::guarded([&] { self->retain_grad(); });
}

SHIM_API int grad_detach(Handle self, Handle* result) {
    return shim::returning(result, [&] { return self->detach(); });
}

SHIM_API int grad_detach_(Handle self) {
    return shim::guarded([&] { self->detach_(); });
}

SHIM_API int grad_backward(
    const Handle* roots, int64_t count, const Handle* gradients, int64_t retain_graph, int64_t create_graph,
    const Handle* inputs, int64_t input_count) {
    return shim::guarded([&] {
        auto given = gradients == nullptr ? std::vector<at::Tensor>() : shim::list(gradients, count);
        torch::autograd::backward(
            shim::list(roots, count), given, retain_graph != 0, create_graph != 0, shim::list(inputs, input_count));
    });
}

// A result of an unused input is null when allow_unused says so.
SHIM_API int grad_of(
    const Handle* outputs, int64_t count, const Handle* inputs, int64_t input_count, const Handle* gradients,
    int64_t retain_graph, int64_t create_graph, int64_t allow_unused, Handle* results) {
    return shim::guarded([&] {
        auto given = gradients == nullptr ? std::vector<at::Tensor>() : shim::list(gradients, count);
        auto found = torch::autograd::grad(
            shim::list(outputs, count), shim::list(inputs, input_count), given, retain_graph != 0, create_graph != 0,
            allow_unused != 0);
        for (size_t i = 0; i < found.size(); i++) results[i] = found[i].defined() ? shim::box(found[i]) : nullptr;
    });
}

SHIM_API int grad_mode_get(int64_t* enabled) {
    return shim::guarded([&] { *enabled = at::GradMode::is_enabled(); });
}

SHIM_API int grad_mode_set(int64_t enabled) {
    return shim::guarded([&] { at::GradMode::set_enabled(enabled != 0); });
}

SHIM_API int inference_mode_enter(int64_t enabled, InferenceHandle* result) {
    return shim::guarded([&] { *result = new c10::InferenceMode(enabled != 0); });
}

SHIM_API int inference_mode_leave(InferenceHandle mode) {
    return shim::guarded([&] { delete mode; });
}
