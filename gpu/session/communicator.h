#pragma once

#include <memory>
#include <span>
#include <vector>

#include "gpu/libraries/nccl_table.h"
#include "gpu/session/executor.h"

namespace convolab::gpu {

/// Several devices of one machine that add up what each of them has.
class Communicator {
  public:
    virtual ~Communicator() = default;
    /// values[r] of device r ← Σ over all devices, behind what runs there and before what is run next.
    virtual Outcome sum(std::span<float* const> values, Index count) = 0;
};

/// By NCCL, on the streams of the executors.
class NcclCommunicator final : public Communicator {
  public:
    NcclCommunicator(const NcclTable& table, std::vector<void*> streams) : m_table(table), m_streams(std::move(streams)) {}
    ~NcclCommunicator() override;
    NcclCommunicator(const NcclCommunicator&) = delete;
    NcclCommunicator& operator=(const NcclCommunicator&) = delete;

    Outcome start(std::span<const std::int32_t> ordinals);  ///< first of all; one per stream
    Outcome sum(std::span<float* const> values, Index count) override;

  private:
    Outcome words(int status, const char* function) const;

    const NcclTable& m_table;
    std::vector<void*> m_streams, m_communicators;
};

/// On this processor, for tests and for one device alone.
class HostCommunicator final : public Communicator {
  public:
    Outcome sum(std::span<float* const> values, Index count) override;
};

}  // namespace convolab::gpu
