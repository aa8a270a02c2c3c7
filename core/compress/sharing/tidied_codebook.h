#pragma once

#include "core/compress/sharing/codebook.h"

namespace convolab {

/// The same weights with the centroids as a new codebook of them would have: ascending, different, each with members.
/// Fine-tuning lets centroids cross, meet and lose their members.
Codebook tidied(const Codebook& codebook);

}  // namespace convolab
