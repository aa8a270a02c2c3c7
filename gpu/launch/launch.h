#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "gpu/launch/body_list.h"

namespace convolab::gpu {

/// The part of a step that a launch belongs to.
enum class Part : std::int16_t { Forward, Loss, Backward, Update, Batch };

/// One body and how many results it computes, or blocks it has (BlockBody): what is run, recorded and replayed, whatever the body.
struct Launch {
    static constexpr std::size_t kRoom = 768;

    std::int32_t body = -1;  ///< place in AllBodies
    std::int32_t op = -1;    ///< of the network; −1: none's
    Part part = Part::Forward;
    Index count = 0;
    alignas(8) std::byte arguments[kRoom];
};

template <class Body, class List>
struct PlaceOf;
template <class Body, class... Bodies>
struct PlaceOf<Body, BodyList<Bodies...>> {
    static constexpr std::int32_t find() {
        std::int32_t place = 0;
        static_cast<void>(((std::is_same_v<Body, Bodies> ? true : (++place, false)) || ...));
        return place;
    }
    static constexpr std::int32_t value = find();
    static_assert(value < static_cast<std::int32_t>(sizeof...(Bodies)), "the body is missing in body_list.h");
};

template <class Body>
Launch launchOf(const Body& body, Index count) {
    static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= Launch::kRoom && alignof(Body) <= 8);
    Launch launch;
    launch.body = PlaceOf<Body, AllBodies>::value;
    launch.count = count;
    std::memcpy(launch.arguments, &body, sizeof body);
    return launch;
}

/// What one of NVIDIA's libraries does on a device, and the processor in a loop.
template <class Body>
concept LibraryCall = requires { Body::kLibrary; };

/// The call of that type, or nothing if the launch is another body.
template <LibraryCall Call>
std::optional<Call> callOf(const Launch& launch) {
    if (launch.body != PlaceOf<Call, AllBodies>::value) return {};
    Call call;
    std::memcpy(&call, launch.arguments, sizeof call);
    return call;
}

template <class... Calls>
bool isOneOf(const Launch& launch, BodyList<Calls...>) {
    return ((launch.body == PlaceOf<Calls, AllBodies>::value) || ...);
}
inline bool callsLibrary(const Launch& launch) { return isOneOf(launch, LibraryCalls{}); }

/// Runs the launches one after the other on this processor, with memory that it can reach.
void runOnHost(std::span<const Launch> launches);

}  // namespace convolab::gpu
