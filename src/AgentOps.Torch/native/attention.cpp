// Causal attention in blocks of queries: what lies after a block is never computed, and only each query's normaliser
// is kept for the way back, where the probabilities are computed again (arXiv:2205.14135, without its tiling of keys).
// Sequences that lie one behind the other in a row are attended to one by one: each costs what it would alone, where a
// block-diagonal mask would cost the row's square.
#include "shim.h"
#include "parallel.h"
#include "product.h"
#include "rows.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace {

using shim::multiply;
using shim::Rows;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t block = 64;

Rows head(const at::Tensor& x, int64_t b, int64_t h) {
    return {x.data_ptr<float>() + b * x.stride(0) + h * x.stride(1), x.stride(2)};
}

// Heads that lie side by side in memory, as [B, T, H, D], so that merging them copies nothing.
at::Tensor heads_like(const at::Tensor& x, bool clear) {
    std::vector<int64_t> shape{x.size(0), x.size(2), x.size(1), x.size(3)};
    return (clear ? at::zeros(shape, x.options()) : at::empty(shape, x.options())).transpose(1, 2);
}

at::Tensor with_rows(const at::Tensor& x) { return x.stride(3) == 1 ? x : x.contiguous(); }

// Queries that may see the same keys: `queries` rows from `query` on are the last of `keys` rows from `key` on. Where
// `segments` are given, those of other numbers are out of sight.
struct Piece {
    int64_t b, query, queries, key, keys;
    const int64_t* segments;  // of this row, from its first key on; may be null

    int64_t position(int64_t i) const { return i + keys - queries; }

    rows::Sight sight(int64_t i) const {
        auto at = position(i);
        if (segments == nullptr) return {at + 1, nullptr, 0};
        auto own = segments[at];
        return {own < 0 ? 0 : at + 1, segments, own};
    }
};

// A row's pieces: its runs of equal numbers, where each number has one run and every key is a query too; else the row.
void add_pieces(std::vector<Piece>& pieces, int64_t b, int64_t queries, int64_t keys, const int64_t* segments) {
    Piece whole{b, 0, queries, 0, keys, segments};
    if (segments == nullptr || queries != keys) return pieces.push_back(whole);
    std::vector<Piece> runs;
    std::set<int64_t> numbers;
    for (int64_t first = 0, end = 0; first < keys; first = end) {
        while (end < keys && segments[end] == segments[first]) end++;
        if (segments[first] < 0) continue;
        if (!numbers.insert(segments[first]).second) return pieces.push_back(whole);
        runs.push_back({b, first, end - first, first, end - first, nullptr});
    }
    pieces.insert(pieces.end(), runs.begin(), runs.end());
}

struct Shape {
    int64_t batch, heads, key_heads, queries, keys, width, group;
    float scale;

    Shape(const at::Tensor& q, const at::Tensor& k)
        : batch(q.size(0)), heads(q.size(1)), key_heads(k.size(1)), queries(q.size(2)), keys(k.size(2)), width(q.size(3)),
          group(heads / key_heads), scale(1 / std::sqrt(static_cast<float>(width))) {}

    // One task for each piece and key head: its gradients are then added up by one thread, in order. The pieces of a
    // head stand together, so that threads with as many heads have as much to do.
    template <class Task>
    void each_task(const int64_t* segments, Task&& task) const {
        std::vector<Piece> pieces;
        for (int64_t b = 0; b < batch; b++) add_pieces(pieces, b, queries, keys, segments == nullptr ? nullptr : segments + b * keys);
        auto count = static_cast<int64_t>(pieces.size());
        at::parallel_for(0, count * key_heads, 1, [&](int64_t first, int64_t last) {
            for (auto i = first; i < last; i++) task(pieces[static_cast<size_t>(i % count)], i / count);
        });
    }
};

// An empty tensor stands for no segments.
const int64_t* numbers(const at::Tensor& segments) { return segments.numel() == 0 ? nullptr : segments.data_ptr<int64_t>(); }

struct CausalAttention : torch::autograd::Function<CausalAttention> {
    static at::Tensor forward(
        AutogradContext* context, const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const at::Tensor& segments) {
        auto q = with_rows(query), k = with_rows(key), v = with_rows(value);
        Shape s(q, k);
        // What sees nothing has no piece, and is zero.
        auto result = heads_like(q, segments.numel() > 0);
        auto normalisers = at::empty({s.batch, s.heads, s.queries}, q.options());
        s.each_task(numbers(segments), [&](const Piece& piece, int64_t kh) {
            std::vector<float> buffer(static_cast<size_t>(block * piece.keys));
            auto keys = head(k, piece.b, kh).from(piece.key), values = head(v, piece.b, kh).from(piece.key);
            for (auto h = kh * s.group; h < (kh + 1) * s.group; h++) {
                auto log = normalisers.data_ptr<float>() + (piece.b * s.heads + h) * s.queries + piece.query;
                auto queries = head(q, piece.b, h).from(piece.query), results = head(result, piece.b, h).from(piece.query);
                for (int64_t first = 0; first < piece.queries; first += block) {
                    auto count = std::min(block, piece.queries - first), seen = piece.position(first + count - 1) + 1;
                    Rows scores{buffer.data(), seen};
                    multiply(false, true, count, seen, s.width, queries.from(first), keys, 0, scores);
                    for (int64_t i = 0; i < count; i++) {
                        log[first + i] = rows::attend(seen, scores.from(i).data, s.scale, piece.sight(first + i));
                    }
                    multiply(false, false, count, s.width, seen, scores, values, 0, results.from(first));
                }
            }
        });
        context->save_for_backward({q, k, v, segments, result, normalisers});
        return result;
    }

    static variable_list backward(AutogradContext* context, variable_list gradients) {
        TORCH_CHECK(!at::GradMode::is_enabled(), "CausalAttention has no second derivative; use its composite");
        auto saved = context->get_saved_variables();
        auto &q = saved[0], &k = saved[1], &v = saved[2], &result = saved[4];
        auto dy = with_rows(gradients[0]);
        auto dq = heads_like(q, saved[3].numel() > 0), dk = heads_like(k, true), dv = heads_like(v, true);
        Shape s(q, k);
        s.each_task(numbers(saved[3]), [&](const Piece& piece, int64_t kh) {
            std::vector<float> first_buffer(static_cast<size_t>(block * piece.keys)), second_buffer(first_buffer.size());
            auto keys = head(k, piece.b, kh).from(piece.key), values = head(v, piece.b, kh).from(piece.key);
            auto to_keys = head(dk, piece.b, kh).from(piece.key), to_values = head(dv, piece.b, kh).from(piece.key);
            for (auto h = kh * s.group; h < (kh + 1) * s.group; h++) {
                auto log = saved[5].data_ptr<float>() + (piece.b * s.heads + h) * s.queries + piece.query;
                for (int64_t first = 0; first < piece.queries; first += block) {
                    auto count = std::min(block, piece.queries - first), seen = piece.position(first + count - 1) + 1, at = piece.query + first;
                    Rows p{first_buffer.data(), seen}, dp{second_buffer.data(), seen};
                    auto rows_q = head(q, piece.b, h).from(at), rows_dy = head(dy, piece.b, h).from(at), rows_y = head(result, piece.b, h).from(at);
                    multiply(false, true, count, seen, s.width, rows_q, keys, 0, p);
                    for (int64_t i = 0; i < count; i++) {
                        rows::attend_again(seen, p.from(i).data, s.scale, log[first + i], piece.sight(first + i));
                    }
                    multiply(true, false, seen, s.width, count, p, rows_dy, 1, to_values);
                    multiply(false, true, count, seen, s.width, rows_dy, values, 0, dp);
                    for (int64_t i = 0; i < count; i++) {
                        auto dot = rows::dot(s.width, rows_dy.from(i).data, rows_y.from(i).data);
                        rows::attend_backward(seen, p.from(i).data, dot, s.scale, dp.from(i).data);
                    }
                    multiply(false, false, count, s.width, seen, dp, keys, 0, head(dq, piece.b, h).from(at));
                    multiply(true, false, seen, s.width, count, dp, rows_q, 1, to_keys);
                }
            }
        });
        return {dq, dk, dv, at::Tensor()};
    }
};

void require(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const c10::optional<at::Tensor>& segments) {
    for (auto tensor : {&q, &k, &v}) {
        TORCH_CHECK(tensor->is_cpu() && tensor->scalar_type() == at::kFloat && tensor->dim() == 4,
            "CausalAttention takes float32 [B, H, T, D] on the CPU, not ", tensor->toString(), " ", tensor->sizes());
    }
    auto fits = k.sizes() == v.sizes() && q.size(0) == k.size(0) && q.size(3) == k.size(3) && k.size(1) > 0 &&
        q.size(1) % k.size(1) == 0 && q.size(2) <= k.size(2);
    TORCH_CHECK(fits, "CausalAttention cannot bring together queries ", q.sizes(), ", keys ", k.sizes(), " and values ", v.sizes());
    if (!segments) return;
    TORCH_CHECK(segments->scalar_type() == at::kLong && segments->is_cpu() && segments->dim() == 2 && segments->size(0) == k.size(0) &&
        segments->size(1) == k.size(2), "segments are int64 [B, T] = [", k.size(0), ", ", k.size(2), "] on the CPU, not ", segments->sizes());
}

}  // namespace

SHIM_API int kernel_causal_attention(Handle q, Handle k, Handle v, Handle segments, Handle* result) {
    return shim::returning(result, [&] {
        auto given = shim::maybe(segments);
        require(*q, *k, *v, given);
        return CausalAttention::apply(*q, *k, *v, given ? given->contiguous() : at::empty({0}, at::kLong));
    });
}
