// Sums over the processes of one training: c10d's process group with Gloo's transport, which listens on loopback.
#include "shim.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#ifdef SHIM_GLOO
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif

#include <chrono>
#include <memory>
#include <string>

namespace {

// A process among others.
struct Group {
    virtual ~Group() = default;
    virtual void sum(at::Tensor& tensor) = 0;
};

#ifdef SHIM_GLOO

struct GlooGroup final : Group {
    c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;

    GlooGroup(const std::string& file, int rank, int size, std::chrono::seconds meeting, std::chrono::seconds step) {
        auto store = c10::make_intrusive<c10d::FileStore>(file, size);
        store->setTimeout(meeting);
        auto options = c10d::ProcessGroupGloo::Options::create(step);
        options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1"));
        gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, size, options);
    }

    void sum(at::Tensor& tensor) override {
        std::vector<at::Tensor> one{tensor};
        gloo->allreduce(one)->wait();
    }
};

std::unique_ptr<Group> opened(const char* file, int64_t rank, int64_t size, int64_t meeting, int64_t step) {
    return std::make_unique<GlooGroup>(file, static_cast<int>(rank), static_cast<int>(size), std::chrono::seconds(meeting), std::chrono::seconds(step));
}

#else

std::unique_ptr<Group> opened(const char*, int64_t, int64_t, int64_t, int64_t) {
    TORCH_CHECK(false, "a training of several processes needs Gloo's headers; run: apt-get install --no-install-recommends libgloo-dev");
}

#endif

}  // namespace

using GroupHandle = Group*;

// Returns when all have come: they find each other through the file, which must be new. Times are in seconds.
SHIM_API int group_open(const char* file, int64_t rank, int64_t size, int64_t meeting, int64_t step, GroupHandle* result) {
    return shim::guarded([&] { *result = opened(file, rank, size, meeting, step).release(); });
}

SHIM_API int group_close(GroupHandle group) {
    return shim::guarded([&] { delete group; });
}

// Each tensor becomes its sum over all processes. They are of one type, and travel as one.
SHIM_API int group_sum(GroupHandle group, const Handle* tensors, int64_t count) {
    return shim::guarded([&] {
        at::NoGradGuard quiet;
        auto parts = shim::list(tensors, count);
        std::vector<at::Tensor> flat;
        for (const auto& part : parts) {
            TORCH_CHECK(part.is_cpu() && part.scalar_type() == parts[0].scalar_type(), "sums over processes take tensors of one type on the CPU, not ", part.toString());
            flat.push_back(part.reshape({-1}));
        }
        auto sum = at::cat(flat);
        group->sum(sum);
        int64_t from = 0;
        for (auto& part : parts) {
            part.copy_(sum.narrow(0, from, part.numel()).view(part.sizes()));
            from += part.numel();
        }
    });
}
