#include "app/dataset_cache.h"

#include "core/util/log.h"
#include "datasets/catalogue.h"

namespace convolab {

Result<DatasetPtr> DatasetCache::get(const std::string& name) {
    std::promise<Result<DatasetPtr>> promise;
    Opening opening;
    bool mine = false;
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_open.find(name);
        if (found != m_open.end()) {
            opening = found->second;
        } else {
            opening = promise.get_future().share();
            m_open.emplace(name, opening);
            mine = true;
        }
    }
    if (!mine) return opening.get();
    DatasetRequest request;
    request.name = name;
    request.dataDir = m_dataDir;
    Result<DatasetPtr> result = [&]() -> Result<DatasetPtr> {
        try {
            return openDataset(request);
        } catch (const std::exception& error) {
            return Error{ErrorCode::Internal, "opening " + name + " failed (" + error.what() + ")", {}, {}};
        }
    }();
    logInfo(result.ok() ? "opened the data set " + name : "could not open " + name + ": " + result.error().sentence());
    promise.set_value(result);
    if (!result.ok()) {
        const std::lock_guard lock(m_mutex);
        m_open.erase(name);
    }
    return result;
}

DatasetPtr DatasetCache::peek(const std::string& name) const {
    const std::lock_guard lock(m_mutex);
    const auto found = m_open.find(name);
    if (found == m_open.end() || found->second.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return nullptr;
    const auto& result = found->second.get();
    return result.ok() ? *result : nullptr;
}

}  // namespace convolab
