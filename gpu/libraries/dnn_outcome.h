#pragma once

#include "gpu/launch/outcome.h"
#include "gpu/libraries/dnn_table.h"

namespace convolab::gpu {

/// "cudnnConvolutionForward: CUDNN_STATUS_NOT_SUPPORTED"
inline Outcome dnnOutcome(const DnnTable& table, int status, const char* function) {
    if (status == kDnnSuccess) return {};
    const char* name = table.errorString(status);
    return {kGpuDriverFailed, std::string(function) + ": " + (name == nullptr ? std::to_string(status) : name)};
}

/// In a function that answers with an Outcome: ends it if the call has failed.
#define CONVOLAB_DNN_CALL(table, call, function)                                                        \
    do {                                                                                                \
        if (Outcome outcome = dnnOutcome(table, call, function); !outcome.ok()) return outcome;         \
    } while (false)

}  // namespace convolab::gpu
