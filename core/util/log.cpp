#include "core/util/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

namespace convolab {

namespace {

spdlog::logger& diary() {
    static const auto logger = [] {
        auto made = std::make_shared<spdlog::logger>("convolab", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        const char* level = std::getenv("CONVOLAB_LOG");
        made->set_level(level != nullptr ? spdlog::level::from_str(level) : spdlog::level::off);
        made->set_pattern("%H:%M:%S.%e %l [thread %t] %v");
        return made;
    }();
    return *logger;
}

}  // namespace

void logDebug(const std::string& text) { diary().debug(text); }
void logInfo(const std::string& text) { diary().info(text); }
void logWarning(const std::string& text) { diary().warn(text); }

}  // namespace convolab
