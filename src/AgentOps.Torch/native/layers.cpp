// What a network's layers and losses are made of.
#include "shim.h"

#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/nll_loss.h>

SHIM_API int nn_linear(Handle input, Handle weight, Handle bias, Handle* result) {
    return shim::returning(result, [&] { return at::linear(*input, *weight, shim::maybe(bias)); });
}

SHIM_API int nn_layer_norm(Handle input, const int64_t* shape, int64_t count, Handle weight, Handle bias, double eps, Handle* result) {
    return shim::returning(result, [&] {
        return at::layer_norm(*input, shim::sizes(shape, count), shim::maybe(weight), shim::maybe(bias), eps);
    });
}

SHIM_API int nn_cross_entropy(
    Handle input, Handle target, Handle weight, int64_t reduction, int64_t ignore_index, double smoothing, Handle* result) {
    return shim::returning(result, [&] {
        return at::cross_entropy_loss(*input, *target, shim::maybe(weight), reduction, ignore_index, smoothing);
    });
}

SHIM_API int nn_nll_loss(Handle input, Handle target, Handle weight, int64_t reduction, int64_t ignore_index, Handle* result) {
    return shim::returning(
        result, [&] { return at::nll_loss(*input, *target, shim::maybe(weight), reduction, ignore_index); });
}

SHIM_API int nn_mse_loss(Handle input, Handle target, int64_t reduction, Handle* result) {
    return shim::returning(result, [&] { return at::mse_loss(*input, *target, reduction); });
}

SHIM_API int nn_binary_cross_entropy_with_logits(Handle input, Handle target, int64_t reduction, Handle* result) {
    return shim::returning(
        result, [&] { return at::binary_cross_entropy_with_logits(*input, *target, {}, {}, reduction); });
}
