#include "core/compress/coding/coders/coder_parts.h"
#include "core/util/text.h"

namespace convolab {

namespace {

std::string encode(const TensorContent& content, CodedBits& spent) {
    BitWriter writer;
    for (const float value : content.values) writer.real(value);
    spent.values = 32 * static_cast<std::int64_t>(content.values.size());
    return writer.take();
}

Result<TensorContent> decode(std::string_view bytes, std::int64_t count) {
    if (static_cast<std::int64_t>(bytes.size()) != 4 * count) {
        return damagedTensor(withThousands(count) + " values take " + withThousands(4 * count) + " bytes, it has " +
                             withThousands(static_cast<std::int64_t>(bytes.size())));
    }
    BitReader reader(bytes);
    TensorContent content;
    content.values.resize(static_cast<std::size_t>(count));
    for (float& value : content.values) value = reader.real();
    return content;
}

}  // namespace

const WeightCoder& denseCoder() {
    static const WeightCoder coder{.id = "dense",
                                   .label = "Dense",
                                   .help = "Every weight as a float32, pruned or not",
                                   .tag = 0,
                                   .needsCodebook = false,
                                   .encode = encode,
                                   .decode = decode};
    return coder;
}

}  // namespace convolab
