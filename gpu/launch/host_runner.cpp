#include <memory>
#include <vector>

#include "gpu/launch/launch.h"

namespace convolab::gpu {

namespace {

using Runner = void (*)(const Launch& launch);

template <class Body>
void run(const Launch& launch) {
    Body body;
    std::memcpy(&body, launch.arguments, sizeof body);
    if constexpr (BlockBody<Body>) {
        auto shared = std::make_unique<typename Body::Shared>();
        std::vector<typename Body::Own> own;
        for (Index block = 0; block < launch.count; ++block) {
            own.assign(static_cast<std::size_t>(Body::kThreads), {});
            for (Index phase = 0; phase < body.phases(); ++phase) {
                for (int thread = 0; thread < Body::kThreads; ++thread) body(phase, block, thread, *shared, own[static_cast<std::size_t>(thread)]);
            }
        }
    } else {
        Index first = 0;
        if constexpr (FourBody<Body>) {
            if (body.beginsFours()) first = launch.count / 4 * 4;
            for (Index k = 0; k < first / 4; ++k) body.four(k);
        }
        for (Index i = first; i < launch.count; ++i) body(i);
    }
}

template <class List>
struct Table;
template <class... Bodies>
struct Table<BodyList<Bodies...>> {
    static constexpr Runner runners[] = {&run<Bodies>...};
};

}  // namespace

void runOnHost(std::span<const Launch> launches) {
    for (const Launch& launch : launches) Table<AllBodies>::runners[launch.body](launch);
}

}  // namespace convolab::gpu
