// Views, joins and selection by index.
#include "shim.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

using shim::sizes;

#define SHAPED(name)                                                                        \
    SHIM_API int op_##name(Handle self, const int64_t* shape, int64_t count, Handle* result) { \
        return shim::returning(result, [&] { return self->name(sizes(shape, count)); });    \
    }

SHAPED(view) SHAPED(reshape) SHAPED(permute) SHAPED(repeat) SHAPED(flip)

SHIM_API int op_expand(Handle self, const int64_t* shape, int64_t count, Handle* result) {
    return shim::returning(result, [&] { return self->expand(sizes(shape, count)); });
}

SHIM_API int op_transpose(Handle self, int64_t first, int64_t second, Handle* result) {
    return shim::returning(result, [&] { return self->transpose(first, second); });
}

SHIM_API int op_unsqueeze(Handle self, int64_t dim, Handle* result) {
    return shim::returning(result, [&] { return self->unsqueeze(dim); });
}

SHIM_API int op_squeeze(Handle self, int64_t dim, Handle* result) {
    return shim::returning(result, [&] { return dim == shim::absent ? self->squeeze() : self->squeeze(dim); });
}

SHIM_API int op_flatten(Handle self, int64_t start, int64_t end, Handle* result) {
    return shim::returning(result, [&] { return self->flatten(start, end); });
}

SHIM_API int op_slice(Handle self, int64_t dim, int64_t start, int64_t stop, int64_t step, Handle* result) {
    return shim::returning(result, [&] {
        auto from = start == shim::absent ? c10::optional<int64_t>() : c10::optional<int64_t>(start);
        auto to = stop == shim::absent ? c10::optional<int64_t>() : c10::optional<int64_t>(stop);
        return self->slice(dim, from, to, step);
    });
}

SHIM_API int op_narrow(Handle self, int64_t dim, int64_t start, int64_t length, Handle* result) {
    return shim::returning(result, [&] { return self->narrow(dim, start, length); });
}

SHIM_API int op_select(Handle self, int64_t dim, int64_t index, Handle* result) {
    return shim::returning(result, [&] { return self->select(dim, index); });
}

SHIM_API int op_index_select(Handle self, int64_t dim, Handle index, Handle* result) {
    return shim::returning(result, [&] { return self->index_select(dim, *index); });
}

SHIM_API int op_gather(Handle self, int64_t dim, Handle index, Handle* result) {
    return shim::returning(result, [&] { return self->gather(dim, *index); });
}

SHIM_API int op_scatter(Handle self, int64_t dim, Handle index, Handle source, Handle* result) {
    return shim::returning(result, [&] { return self->scatter(dim, *index, *source); });
}

SHIM_API int op_scatter_(Handle self, int64_t dim, Handle index, Handle source) {
    return shim::guarded([&] { self->scatter_(dim, *index, *source); });
}

SHIM_API int op_scatter_add_(Handle self, int64_t dim, Handle index, Handle source) {
    return shim::guarded([&] { self->scatter_add_(dim, *index, *source); });
}

SHIM_API int op_index_add_(Handle self, int64_t dim, Handle index, Handle source) {
    return shim::guarded([&] { self->index_add_(dim, *index, *source); });
}

SHIM_API int op_index_copy_(Handle self, int64_t dim, Handle index, Handle source) {
    return shim::guarded([&] { self->index_copy_(dim, *index, *source); });
}

SHIM_API int op_masked_select(Handle self, Handle mask, Handle* result) {
    return shim::returning(result, [&] { return self->masked_select(*mask); });
}

SHIM_API int op_nonzero(Handle self, Handle* result) {
    return shim::returning(result, [&] { return self->nonzero(); });
}

// A null handle among the indices stands for a whole dimension.
SHIM_API int op_index(Handle self, const Handle* indices, int64_t count, Handle* result) {
    return shim::returning(result, [&] {
        c10::List<c10::optional<at::Tensor>> places;
        for (int64_t i = 0; i < count; i++) places.push_back(shim::maybe(indices[i]));
        return self->index(places);
    });
}

SHIM_API int op_index_put_(Handle self, const Handle* indices, int64_t count, Handle value, int64_t accumulate) {
    return shim::guarded([&] {
        c10::List<c10::optional<at::Tensor>> places;
        for (int64_t i = 0; i < count; i++) places.push_back(shim::maybe(indices[i]));
        self->index_put_(places, *value, accumulate != 0);
    });
}

SHIM_API int op_cat(const Handle* tensors, int64_t count, int64_t dim, Handle* result) {
    return shim::returning(result, [&] { return at::cat(shim::list(tensors, count), dim); });
}

SHIM_API int op_stack(const Handle* tensors, int64_t count, int64_t dim, Handle* result) {
    return shim::returning(result, [&] { return at::stack(shim::list(tensors, count), dim); });
}

SHIM_API int op_tril(Handle self, int64_t diagonal, Handle* result) {
    return shim::returning(result, [&] { return self->tril(diagonal); });
}

SHIM_API int op_triu(Handle self, int64_t diagonal, Handle* result) {
    return shim::returning(result, [&] { return self->triu(diagonal); });
}
