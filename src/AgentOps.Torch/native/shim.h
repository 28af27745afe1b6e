// The C ABI between managed code and libtorch. Every function returns 0, or 1 after an exception whose text
// shim_last_error gives on the same thread; results leave by out-parameter; a Handle is owned by its receiver.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <cstdint>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#define SHIM_API extern "C" __attribute__((visibility("default")))

using Handle = at::Tensor*;

// A number with its kind: 0 floating point, 1 integer, 2 boolean.
struct Number {
    double real;
    int64_t integer;
    int64_t kind;

    at::Scalar scalar() const {
        if (kind == 0) return at::Scalar(real);
        return kind == 1 ? at::Scalar(integer) : at::Scalar(integer != 0);
    }
};

// Where and as what a new tensor is made; dtype and device are torch's own numbers.
struct Placement {
    int64_t dtype;
    int64_t device_type;
    int64_t device_index;

    at::TensorOptions options() const {
        auto device = at::Device(static_cast<at::DeviceType>(device_type), static_cast<at::DeviceIndex>(device_index));
        return at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)).device(device);
    }
};

namespace shim {

// Stands for "not given" where an integer is optional.
constexpr int64_t absent = INT64_MIN;

void remember(const char* message) noexcept;
Handle box(at::Tensor tensor);

template <class Body>
int guarded(Body&& body) noexcept {
    try {
        body();
        return 0;
    } catch (const c10::Error& error) {
        remember(error.what_without_backtrace());
    } catch (const std::exception& error) {
        remember(error.what());
    } catch (...) {
        remember("libtorch threw an exception of unknown type");
    }
    return 1;
}

template <class Body>
int returning(Handle* result, Body&& body) noexcept {
    return guarded([&] { *result = box(body()); });
}

inline at::IntArrayRef sizes(const int64_t* values, int64_t count) {
    return at::IntArrayRef(values, static_cast<size_t>(count));
}

inline c10::optional<at::Tensor> maybe(Handle tensor) {
    return tensor == nullptr ? c10::optional<at::Tensor>() : c10::optional<at::Tensor>(*tensor);
}

inline c10::optional<at::ScalarType> maybe_type(int64_t dtype) {
    return dtype == absent ? c10::optional<at::ScalarType>() : c10::optional<at::ScalarType>(static_cast<at::ScalarType>(dtype));
}

inline std::vector<at::Tensor> list(const Handle* tensors, int64_t count) {
    std::vector<at::Tensor> result;
    result.reserve(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; i++) result.push_back(tensors[i] == nullptr ? at::Tensor() : *tensors[i]);
    return result;
}

}  // namespace shim
