#pragma once

namespace convolab {

/// The text of bench_peer.py, put into the program by the build.
extern const char* const kPeerScript;

}  // namespace convolab
