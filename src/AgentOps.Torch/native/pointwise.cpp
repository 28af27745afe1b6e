// Element by element: arithmetic, comparison, selection by mask.
#include "shim.h"

#include <ATen/ops/gelu.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/where.h>

#define UNARY(name) \
    SHIM_API int op_##name(Handle self, Handle* result) { return shim::returning(result, [&] { return self->name(); }); }

#define FUNCTION(name) \
    SHIM_API int op_##name(Handle self, Handle* result) { return shim::returning(result, [&] { return at::name(*self); }); }

#define BINARY(name)                                                             \
    SHIM_API int op_##name(Handle self, Handle other, Handle* result) {          \
        return shim::returning(result, [&] { return self->name(*other); });      \
    }

#define BINARY_AND_NUMBER(name)                                                  \
    BINARY(name)                                                                 \
    SHIM_API int op_##name##_number(Handle self, Number other, Handle* result) { \
        return shim::returning(result, [&] { return self->name(other.scalar()); }); \
    }

#define IN_PLACE(name)                                                           \
    SHIM_API int op_##name##_(Handle self, Handle other) {                       \
        return shim::guarded([&] { self->name##_(*other); });                    \
    }                                                                            \
    SHIM_API int op_##name##_number_(Handle self, Number other) {                \
        return shim::guarded([&] { self->name##_(other.scalar()); });            \
    }

UNARY(neg) UNARY(abs) UNARY(exp) UNARY(expm1) UNARY(log) UNARY(log1p) UNARY(sqrt) UNARY(rsqrt) UNARY(square)
UNARY(sin) UNARY(cos) UNARY(tanh) UNARY(sigmoid) UNARY(relu) UNARY(reciprocal) UNARY(sign) UNARY(floor) UNARY(ceil)
UNARY(round) UNARY(isnan) UNARY(isfinite) UNARY(isinf) UNARY(logical_not) UNARY(bitwise_not) UNARY(erf)
FUNCTION(silu) FUNCTION(gelu) FUNCTION(log_sigmoid) FUNCTION(softplus)

BINARY_AND_NUMBER(mul) BINARY_AND_NUMBER(div) BINARY_AND_NUMBER(pow) BINARY_AND_NUMBER(remainder)
BINARY_AND_NUMBER(eq) BINARY_AND_NUMBER(ne) BINARY_AND_NUMBER(lt) BINARY_AND_NUMBER(le) BINARY_AND_NUMBER(gt) BINARY_AND_NUMBER(ge)
BINARY(logical_and) BINARY(logical_or) BINARY(logical_xor)
BINARY(bitwise_and) BINARY(bitwise_or) BINARY(bitwise_xor) BINARY(minimum) BINARY(maximum)

IN_PLACE(mul) IN_PLACE(div)

SHIM_API int op_add(Handle self, Handle other, Number alpha, Handle* result) {
    return shim::returning(result, [&] { return self->add(*other, alpha.scalar()); });
}

SHIM_API int op_add_number(Handle self, Number other, Handle* result) {
    return shim::returning(result, [&] { return self->add(other.scalar()); });
}

SHIM_API int op_sub(Handle self, Handle other, Number alpha, Handle* result) {
    return shim::returning(result, [&] { return self->sub(*other, alpha.scalar()); });
}

SHIM_API int op_sub_number(Handle self, Number other, Handle* result) {
    return shim::returning(result, [&] { return self->sub(other.scalar()); });
}

SHIM_API int op_add_(Handle self, Handle other, Number alpha) {
    return shim::guarded([&] { self->add_(*other, alpha.scalar()); });
}

SHIM_API int op_add_number_(Handle self, Number other) {
    return shim::guarded([&] { self->add_(other.scalar()); });
}

SHIM_API int op_sub_(Handle self, Handle other, Number alpha) {
    return shim::guarded([&] { self->sub_(*other, alpha.scalar()); });
}

SHIM_API int op_sub_number_(Handle self, Number other) {
    return shim::guarded([&] { self->sub_(other.scalar()); });
}

SHIM_API int op_fill_(Handle self, Number value) {
    return shim::guarded([&] { self->fill_(value.scalar()); });
}

SHIM_API int op_zero_(Handle self) {
    return shim::guarded([&] { self->zero_(); });
}

SHIM_API int op_clamp(Handle self, Number low, Number high, int64_t has_low, int64_t has_high, Handle* result) {
    return shim::returning(result, [&] {
        auto lower = has_low ? c10::optional<at::Scalar>(low.scalar()) : c10::nullopt;
        auto upper = has_high ? c10::optional<at::Scalar>(high.scalar()) : c10::nullopt;
        return self->clamp(lower, upper);
    });
}

SHIM_API int op_where(Handle condition, Handle left, Handle right, Handle* result) {
    return shim::returning(result, [&] { return at::where(*condition, *left, *right); });
}

SHIM_API int op_masked_fill(Handle self, Handle mask, Number value, Handle* result) {
    return shim::returning(result, [&] { return self->masked_fill(*mask, value.scalar()); });
}

SHIM_API int op_masked_fill_(Handle self, Handle mask, Number value) {
    return shim::guarded([&] { self->masked_fill_(*mask, value.scalar()); });
}

SHIM_API int op_allclose(Handle self, Handle other, double rtol, double atol, int64_t equal_nan, int64_t* result) {
    return shim::guarded([&] { *result = self->allclose(*other, rtol, atol, equal_nan != 0); });
}

SHIM_API int op_equal(Handle self, Handle other, int64_t* result) {
    return shim::guarded([&] { *result = self->equal(*other); });
}
