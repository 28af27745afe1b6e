// A tensor's properties, storage and place.
#include "shim.h"

SHIM_API int tensor_dim(Handle self, int64_t* result) {
    return shim::guarded([&] { *result = self->dim(); });
}

SHIM_API int tensor_sizes(Handle self, int64_t* sizes, int64_t* strides) {
    return shim::guarded([&] {
        for (int64_t i = 0; i < self->dim(); i++) {
            sizes[i] = self->size(i);
            strides[i] = self->stride(i);
        }
    });
}

SHIM_API int tensor_numel(Handle self, int64_t* result) {
    return shim::guarded([&] { *result = self->numel(); });
}

SHIM_API int tensor_placement(Handle self, Placement* result) {
    return shim::guarded([&] {
        auto device = self->device();
        *result = {static_cast<int64_t>(self->scalar_type()), static_cast<int64_t>(device.type()), device.index()};
    });
}

SHIM_API int tensor_data(Handle self, void** data, int64_t* element_size) {
    return shim::guarded([&] {
        *data = self->data_ptr();
        *element_size = static_cast<int64_t>(self->element_size());
    });
}

SHIM_API int tensor_is_contiguous(Handle self, int64_t* result) {
    return shim::guarded([&] { *result = self->is_contiguous(); });
}

SHIM_API int tensor_item(Handle self, Number* result) {
    return shim::guarded([&] {
        auto scalar = self->item();
        if (scalar.isFloatingPoint()) *result = {scalar.toDouble(), 0, 0};
        else if (scalar.isBoolean()) *result = {0, scalar.toBool() ? 1 : 0, 2};
        else *result = {0, scalar.toLong(), 1};
    });
}

SHIM_API int tensor_to(Handle self, Placement place, int64_t non_blocking, int64_t copy, Handle* result) {
    return shim::returning(result, [&] {
        auto options = place.options();
        return self->to(options.device(), options.dtype().toScalarType(), non_blocking != 0, copy != 0);
    });
}

SHIM_API int tensor_contiguous(Handle self, Handle* result) {
    return shim::returning(result, [&] { return self->contiguous(); });
}

SHIM_API int tensor_clone(Handle self, Handle* result) {
    return shim::returning(result, [&] { return self->clone(); });
}

SHIM_API int tensor_alias(Handle self, Handle* result) {
    return shim::returning(result, [&] { return at::Tensor(*self); });
}

SHIM_API int tensor_copy_(Handle self, Handle source, int64_t non_blocking) {
    return shim::guarded([&] { self->copy_(*source, non_blocking != 0); });
}

SHIM_API int tensor_set_data(Handle self, Handle source) {
    return shim::guarded([&] { self->set_data(*source); });
}
