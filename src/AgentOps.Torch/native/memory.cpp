#include "memory.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#if __has_include(<c10/core/impl/alloc_cpu.h>)
#include <c10/core/impl/alloc_cpu.h>
#endif

#include <malloc.h>

#include <atomic>
#include <cstring>

namespace {

// The block's size stands in front of it; 64 bytes keep the data's alignment.
constexpr size_t header = 64;
std::atomic<int64_t> bytes_in_use{0};
std::atomic<int64_t> most_in_use{0};

void release(void* data) {
    if (data == nullptr) return;
    auto block = static_cast<char*>(data) - header;
    int64_t size;
    std::memcpy(&size, block, sizeof size);
    bytes_in_use.fetch_sub(size, std::memory_order_relaxed);
    c10::free_cpu(block);
}

at::DataPtr counted(size_t size) {
    if (size == 0) return {nullptr, nullptr, &release, at::Device(at::DeviceType::CPU)};
    auto block = static_cast<char*>(c10::alloc_cpu(size + header));
    auto count = static_cast<int64_t>(size);
    std::memcpy(block, &count, sizeof count);
    auto now = bytes_in_use.fetch_add(count, std::memory_order_relaxed) + count;
    auto most = most_in_use.load(std::memory_order_relaxed);
    while (now > most && !most_in_use.compare_exchange_weak(most, now, std::memory_order_relaxed)) {}
    auto data = block + header;
    return {data, data, &release, at::Device(at::DeviceType::CPU)};
}

// libtorch 1 asks for a const allocate; libtorch 2 for one that is not, and for copy_data.
struct CountingAllocator final : at::Allocator {
    at::DataPtr allocate(size_t size) const { return counted(size); }
    at::DataPtr allocate(size_t size) { return counted(size); }
    void copy_data(void* target, const void* source, size_t size) const { std::memcpy(target, source, size); }
    at::DeleterFnPtr raw_deleter() const override { return &release; }
};

CountingAllocator allocator;

}  // namespace

namespace shim {

void install_memory() {
    c10::SetAllocator(at::DeviceType::CPU, &allocator, 1);
    // Activations of a step would otherwise be mapped and unmapped every step; 32 MiB is glibc's upper bound.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
}

int64_t live_bytes() { return bytes_in_use.load(); }

int64_t peak_bytes() { return most_in_use.exchange(bytes_in_use.load()); }

}  // namespace shim
