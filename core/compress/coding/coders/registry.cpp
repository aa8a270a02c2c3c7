#include "core/compress/coding/weight_coder.h"

namespace convolab {

const WeightCoder& denseCoder();
const WeightCoder& sparseCoder();
const WeightCoder& packedCoder();
const WeightCoder& huffmanCoder();

const std::vector<const WeightCoder*>& weightCoders() {
    static const std::vector<const WeightCoder*> coders{&denseCoder(), &sparseCoder(), &packedCoder(), &huffmanCoder()};
    return coders;
}

}  // namespace convolab
