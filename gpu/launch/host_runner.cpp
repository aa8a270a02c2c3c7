#include "gpu/launch/launch.h"

namespace convolab::gpu {

namespace {

using Runner = void (*)(const Launch& launch);

template <class Body>
void run(const Launch& launch) {
    Body body;
    std::memcpy(&body, launch.arguments, sizeof body);
    for (Index i = 0; i < launch.count; ++i) body(i);
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
