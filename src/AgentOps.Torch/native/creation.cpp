// New tensors and the random generators that fill them.
#include "shim.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randperm.h>

#include <cstring>
#include <mutex>

using shim::sizes;
using GeneratorHandle = at::Generator*;

namespace {

c10::optional<at::Generator> source(GeneratorHandle generator) {
    return generator == nullptr ? c10::optional<at::Generator>() : c10::optional<at::Generator>(*generator);
}

}  // namespace

SHIM_API int create_empty(const int64_t* shape, int64_t count, Placement place, Handle* result) {
    return shim::returning(result, [&] { return at::empty(sizes(shape, count), place.options()); });
}

SHIM_API int create_full(const int64_t* shape, int64_t count, Number value, Placement place, Handle* result) {
    return shim::returning(result, [&] { return at::full(sizes(shape, count), value.scalar(), place.options()); });
}

SHIM_API int create_from(const void* data, int64_t bytes, const int64_t* shape, int64_t count, int64_t dtype, Handle* result) {
    return shim::returning(result, [&] {
        auto tensor = at::empty(sizes(shape, count), at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
        TORCH_CHECK(static_cast<int64_t>(tensor.nbytes()) == bytes, "the shape needs ", tensor.nbytes(), " bytes, the data has ", bytes);
        if (bytes > 0) std::memcpy(tensor.data_ptr(), data, static_cast<size_t>(bytes));
        return tensor;
    });
}

SHIM_API int create_arange(Number start, Number stop, Number step, Placement place, Handle* result) {
    return shim::returning(result, [&] { return at::arange(start.scalar(), stop.scalar(), step.scalar(), place.options()); });
}

SHIM_API int create_eye(int64_t rows, int64_t columns, Placement place, Handle* result) {
    return shim::returning(result, [&] { return at::eye(rows, columns, place.options()); });
}

SHIM_API int create_rand(const int64_t* shape, int64_t count, GeneratorHandle generator, Placement place, Handle* result) {
    return shim::returning(result, [&] { return at::rand(sizes(shape, count), source(generator), place.options()); });
}

SHIM_API int create_randn(const int64_t* shape, int64_t count, GeneratorHandle generator, Placement place, Handle* result) {
    return shim::returning(result, [&] { return at::randn(sizes(shape, count), source(generator), place.options()); });
}

SHIM_API int create_randint(
    int64_t low, int64_t high, const int64_t* shape, int64_t count, GeneratorHandle generator, Placement place, Handle* result) {
    return shim::returning(
        result, [&] { return at::randint(low, high, sizes(shape, count), source(generator), place.options()); });
}

SHIM_API int create_randperm(int64_t count, GeneratorHandle generator, Placement place, Handle* result) {
    return shim::returning(result, [&] { return at::randperm(count, source(generator), place.options()); });
}

SHIM_API int random_normal_(Handle self, double mean, double deviation, GeneratorHandle generator) {
    return shim::guarded([&] { self->normal_(mean, deviation, source(generator)); });
}

SHIM_API int random_uniform_(Handle self, double from, double to, GeneratorHandle generator) {
    return shim::guarded([&] { self->uniform_(from, to, source(generator)); });
}

SHIM_API int random_bernoulli_(Handle self, double probability, GeneratorHandle generator) {
    return shim::guarded([&] { self->bernoulli_(probability, source(generator)); });
}

SHIM_API int random_multinomial(Handle self, int64_t samples, int64_t replacement, GeneratorHandle generator, Handle* result) {
    return shim::returning(result, [&] { return self->multinomial(samples, replacement != 0, source(generator)); });
}

SHIM_API int generator_new(uint64_t seed, int64_t device_type, int64_t device_index, GeneratorHandle* result) {
    return shim::guarded([&] {
        auto type = static_cast<at::DeviceType>(device_type);
        TORCH_CHECK(type == at::DeviceType::CPU, "a generator of one's own is made for the CPU only");
        TORCH_CHECK(device_index <= 0, "the CPU has no index ", device_index);
        *result = new at::Generator(at::detail::createCPUGenerator(seed));
    });
}

SHIM_API int generator_default(GeneratorHandle* result) {
    return shim::guarded([&] { *result = new at::Generator(at::detail::getDefaultCPUGenerator()); });
}

SHIM_API int generator_free(GeneratorHandle generator) {
    return shim::guarded([&] { delete generator; });
}

SHIM_API int generator_seed(GeneratorHandle generator, uint64_t seed) {
    return shim::guarded([&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        generator->set_current_seed(seed);
    });
}

SHIM_API int generator_seed_all(uint64_t seed) {
    return shim::guarded([&] { at::manual_seed(seed); });
}

SHIM_API int generator_current_seed(GeneratorHandle generator, uint64_t* seed) {
    return shim::guarded([&] { *seed = generator->current_seed(); });
}

SHIM_API int generator_get_state(GeneratorHandle generator, Handle* result) {
    return shim::returning(result, [&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        return generator->get_state();
    });
}

SHIM_API int generator_set_state(GeneratorHandle generator, Handle state) {
    return shim::guarded([&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        generator->set_state(*state);
    });
}
