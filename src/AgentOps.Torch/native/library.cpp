// The library itself: errors, counters, threads, devices.
#include "shim.h"
#include "memory.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/version.h>

#include <atomic>
#include <cstring>
#include <string>

namespace {
thread_local std::string last_error;
std::atomic<int64_t> live_tensors{0};

void write(const std::string& value, char* text, int64_t capacity) {
    TORCH_CHECK(static_cast<int64_t>(value.size()) < capacity, "the text is longer than ", capacity, " bytes");
    std::memcpy(text, value.c_str(), value.size() + 1);
}
}  // namespace

namespace shim {

void remember(const char* message) noexcept {
    try {
        last_error = message;
    } catch (...) {
        last_error.clear();
    }
}

Handle box(at::Tensor tensor) {
    auto handle = new at::Tensor(std::move(tensor));
    live_tensors.fetch_add(1, std::memory_order_relaxed);
    return handle;
}

}  // namespace shim

SHIM_API const char* shim_last_error() { return last_error.c_str(); }

SHIM_API int shim_initialize(int64_t threads) {
    return shim::guarded([&] {
        shim::install_memory();
        // Accumulating index_put_ then adds in order instead of with atomics; a kernel that cannot be repeated throws.
        at::globalContext().setDeterministicAlgorithms(true, false);
        if (threads > 0) at::set_num_threads(static_cast<int>(threads));
    });
}

SHIM_API int shim_free(Handle tensor) {
    return shim::guarded([&] {
        delete tensor;
        live_tensors.fetch_sub(1, std::memory_order_relaxed);
    });
}

SHIM_API int shim_live(int64_t* tensors, int64_t* bytes) {
    *tensors = live_tensors.load();
    *bytes = shim::live_bytes();
    return 0;
}

SHIM_API int shim_peak(int64_t* bytes) {
    return shim::guarded([&] { *bytes = shim::peak_bytes(); });
}

SHIM_API int shim_version(char* text, int64_t capacity) {
    return shim::guarded([&] { write(TORCH_VERSION, text, capacity); });
}

SHIM_API int shim_cpu_capability(char* text, int64_t capacity) {
    return shim::guarded([&] {
        const std::string title = "CPU capability usage: ";
        auto config = at::show_config();
        auto start = config.find(title);
        TORCH_CHECK(start != std::string::npos, "libtorch does not tell its CPU capability");
        start += title.size();
        write(config.substr(start, config.find_first_of("\n ", start) - start), text, capacity);
    });
}

SHIM_API int shim_get_threads(int64_t* threads) {
    return shim::guarded([&] { *threads = at::get_num_threads(); });
}

SHIM_API int shim_set_threads(int64_t threads) {
    return shim::guarded([&] { at::set_num_threads(static_cast<int>(threads)); });
}

SHIM_API int shim_cuda_devices(int64_t* count) {
    return shim::guarded([&] { *count = at::hasCUDA() ? at::detail::getCUDAHooks().getNumGPUs() : 0; });
}
