#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/cpu/onednn/engine.h"
#include "core/cpu/op.h"

namespace convolab::onednn {

using Arguments = std::unordered_map<int, dnnl::memory>;

/// One primitive with its arguments. Scratch memory is set at each call, since it may have moved. The list that the library
/// reads is made once: its C++ interface would make one in every call.
struct Call {
    dnnl::primitive primitive;
    Arguments arguments;
    std::vector<dnnl_exec_arg_t> list = {};

    void operator()(Scratch* scratch);
};

/// Copies `from` into the order of `to`.
Call makeReorder(const dnnl::memory& from, const dnnl::memory& to);

/// Memory that the library reads and, where the primitive says so, writes.
inline dnnl::memory at(const dnnl::memory::desc& description, const float* data) {
    return {description, engine(), const_cast<float*>(data)};
}

/// What was made for a batch size (`Made::n`), for the last few of them; the most recently used stands in front.
template <class Made>
class ByBatch {
  public:
    /// Brings n to the front; `make(n)` where it is not there.
    template <class Make>
    void use(std::int64_t n, Make&& make) {
        for (auto it = m_list.begin(); it != m_list.end(); ++it) {
            if (it->n != n) continue;
            m_list.splice(m_list.begin(), m_list, it);
            return;
        }
        if (m_list.size() == kKept) m_list.pop_back();
        m_list.push_front(make(n));
    }

    Made& current() { return m_list.front(); }
    auto begin() { return m_list.begin(); }
    auto end() { return m_list.end(); }

  private:
    static constexpr std::size_t kKept = 4;
    std::list<Made> m_list;
};

}  // namespace convolab::onednn
