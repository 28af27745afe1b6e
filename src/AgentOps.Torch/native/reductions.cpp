// Many elements to one: sums, extremes, orders and matrix products.
#include "shim.h"

#include <ATen/ops/einsum.h>
#include <ATen/ops/linalg_vector_norm.h>

using shim::maybe_type;
using shim::sizes;

SHIM_API int op_sum(Handle self, const int64_t* dims, int64_t count, int64_t keep, int64_t dtype, Handle* result) {
    return shim::returning(result, [&] {
        return count == 0 ? self->sum(maybe_type(dtype)) : self->sum(sizes(dims, count), keep != 0, maybe_type(dtype));
    });
}

SHIM_API int op_mean(Handle self, const int64_t* dims, int64_t count, int64_t keep, int64_t dtype, Handle* result) {
    return shim::returning(result, [&] {
        return count == 0 ? self->mean(maybe_type(dtype)) : self->mean(sizes(dims, count), keep != 0, maybe_type(dtype));
    });
}

SHIM_API int op_std(Handle self, const int64_t* dims, int64_t count, int64_t unbiased, int64_t keep, Handle* result) {
    return shim::returning(result, [&] {
        return count == 0 ? self->std(unbiased != 0) : self->std(sizes(dims, count), unbiased != 0, keep != 0);
    });
}

SHIM_API int op_var(Handle self, const int64_t* dims, int64_t count, int64_t unbiased, int64_t keep, Handle* result) {
    return shim::returning(result, [&] {
        return count == 0 ? self->var(unbiased != 0) : self->var(sizes(dims, count), unbiased != 0, keep != 0);
    });
}

SHIM_API int op_max(Handle self, Handle* result) {
    return shim::returning(result, [&] { return self->max(); });
}

SHIM_API int op_min(Handle self, Handle* result) {
    return shim::returning(result, [&] { return self->min(); });
}

SHIM_API int op_all(Handle self, Handle* result) {
    return shim::returning(result, [&] { return self->all(); });
}

SHIM_API int op_any(Handle self, Handle* result) {
    return shim::returning(result, [&] { return self->any(); });
}

SHIM_API int op_max_dim(Handle self, int64_t dim, int64_t keep, Handle* values, Handle* indices) {
    return shim::guarded([&] {
        auto found = self->max(dim, keep != 0);
        *values = shim::box(std::get<0>(found));
        *indices = shim::box(std::get<1>(found));
    });
}

SHIM_API int op_min_dim(Handle self, int64_t dim, int64_t keep, Handle* values, Handle* indices) {
    return shim::guarded([&] {
        auto found = self->min(dim, keep != 0);
        *values = shim::box(std::get<0>(found));
        *indices = shim::box(std::get<1>(found));
    });
}

SHIM_API int op_topk(Handle self, int64_t k, int64_t dim, int64_t largest, int64_t sorted, Handle* values, Handle* indices) {
    return shim::guarded([&] {
        auto found = self->topk(k, dim, largest != 0, sorted != 0);
        *values = shim::box(std::get<0>(found));
        *indices = shim::box(std::get<1>(found));
    });
}

SHIM_API int op_sort(Handle self, int64_t dim, int64_t descending, int64_t stable, Handle* values, Handle* indices) {
    return shim::guarded([&] {
        auto found = self->sort(c10::optional<bool>(stable != 0), dim, descending != 0);
        *values = shim::box(std::get<0>(found));
        *indices = shim::box(std::get<1>(found));
    });
}

SHIM_API int op_argmax(Handle self, int64_t dim, int64_t keep, Handle* result) {
    return shim::returning(result, [&] {
        return dim == shim::absent ? self->argmax() : self->argmax(dim, keep != 0);
    });
}

SHIM_API int op_cumsum(Handle self, int64_t dim, int64_t dtype, Handle* result) {
    return shim::returning(result, [&] { return self->cumsum(dim, maybe_type(dtype)); });
}

SHIM_API int op_logsumexp(Handle self, int64_t dim, int64_t keep, Handle* result) {
    return shim::returning(result, [&] { return self->logsumexp(at::IntArrayRef(dim), keep != 0); });
}

SHIM_API int op_softmax(Handle self, int64_t dim, int64_t dtype, Handle* result) {
    return shim::returning(result, [&] { return self->softmax(dim, maybe_type(dtype)); });
}

SHIM_API int op_log_softmax(Handle self, int64_t dim, int64_t dtype, Handle* result) {
    return shim::returning(result, [&] { return self->log_softmax(dim, maybe_type(dtype)); });
}

SHIM_API int op_norm(Handle self, double p, Handle* result) {
    return shim::returning(result, [&] { return at::linalg_vector_norm(*self, p); });
}

SHIM_API int op_matmul(Handle self, Handle other, Handle* result) {
    return shim::returning(result, [&] { return self->matmul(*other); });
}

SHIM_API int op_mm(Handle self, Handle other, Handle* result) {
    return shim::returning(result, [&] { return self->mm(*other); });
}

SHIM_API int op_bmm(Handle self, Handle other, Handle* result) {
    return shim::returning(result, [&] { return self->bmm(*other); });
}

SHIM_API int op_outer(Handle self, Handle other, Handle* result) {
    return shim::returning(result, [&] { return self->outer(*other); });
}

SHIM_API int op_einsum(const char* equation, const Handle* tensors, int64_t count, Handle* result) {
    return shim::returning(result, [&] { return at::einsum(equation, shim::list(tensors, count)); });
}
