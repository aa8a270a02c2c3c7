#pragma once

#include <cstdint>
#include <string>

namespace convolab {

/// A network with weights that was kept beside the document's own: pruned, made dense, quantised, defended …
struct VersionInfo {
    std::int64_t id = 0;
    std::string name = {};       ///< as a person calls it: "pruned 92 %"
    std::string kind = {};       ///< pruned, dense, quantized, shared, defended, trained
    std::string specJson = {};   ///< the network as it was kept
    std::string planJson = {};   ///< the compression plan by layer names; empty where there is none
    std::string noteJson = {};   ///< an object with what was measured then: accuracy with split and images, bytes …; may be empty
    std::string createdAt = {};  ///< ISO 8601, UTC
};

/// A compression plan that was tried on the document's network: a point of accuracy against size.
struct TriedPoint {
    std::int64_t id = 0;
    std::string network = {};    ///< which network: equal texts, equal networks
    std::string base = {};       ///< which weights the plan was laid over: equal texts, equal weights
    std::string planJson = {};
    std::int64_t bytes = 0;      ///< on disk
    double accuracy = 0.0;       ///< in [0, 1]
    std::string split = {};      ///< on which images: "validation"
    std::int64_t images = 0;
    bool fineTuned = false;
    bool hasWeights = false;     ///< readTriedWeights has them: a fine-tuned one
    std::string createdAt = {};  ///< ISO 8601, UTC
};

}  // namespace convolab
