#pragma once

#include <future>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace convolab {

/// Opens each data set once and keeps it: the trainer's thread, the training panel and the canvas's checks all ask here.
/// Thread-safe. A failed opening is not kept, so that a person can put the files there and try again.
class DatasetCache {
  public:
    explicit DatasetCache(std::string dataDir = {}) : m_dataDir(std::move(dataDir)) {}

    /// Opens it on the calling thread, or waits for whoever is opening it already.
    Result<DatasetPtr> get(const std::string& name);
    /// The data set if it is open already; null otherwise. Never blocks.
    DatasetPtr peek(const std::string& name) const;
    const std::string& dataDir() const { return m_dataDir; }

  private:
    using Opening = std::shared_future<Result<DatasetPtr>>;

    std::string m_dataDir;
    mutable std::mutex m_mutex;
    std::map<std::string, Opening> m_open;
};

}  // namespace convolab
