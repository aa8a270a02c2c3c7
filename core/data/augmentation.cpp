#include "core/data/augmentation.h"

#include <algorithm>
#include <cmath>

#include "core/util/check.h"
#include "core/util/option_text.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::uint64_t kMostKinds = 64;

std::vector<std::string> kindIds() {
    std::vector<std::string> ids;
    for (const Augmentation* kind : augmentations()) ids.push_back(kind->id);
    return ids;
}

Status checkValue(const Augmentation& kind, const AugmentationOption& option, double value) {
    const bool inside = std::isfinite(value) && value >= option.minimum && value <= option.maximum &&
                        (!option.whole || value == std::floor(value));
    if (inside) return {};
    return Error{ErrorCode::InvalidArgument,
                 kind.id + "'s " + option.key + " is " + formatNumber(value),
                 {},
                 std::string("give a ") + (option.whole ? "whole number" : "number") + " from " + formatNumber(option.minimum) +
                     " to " + formatNumber(option.maximum)};
}

}  // namespace

AugmentationSpec standardAugmentation(const Augmentation& kind) {
    AugmentationSpec spec{kind.id, {}};
    for (const AugmentationOption& option : kind.options) spec.values.push_back(option.standard);
    return spec;
}

Status validateAugmentation(const AugmentationSpec& spec) {
    const Augmentation* kind = findAugmentation(spec.kind);
    if (kind == nullptr) return unknownWord("augmentation", spec.kind, kindIds());
    if (spec.values.size() != kind->options.size()) {
        return Error{ErrorCode::InvalidArgument, kind->id + " has " + std::to_string(kind->options.size()) + " options, not " +
                                                     std::to_string(spec.values.size()), {}, {}};
    }
    for (std::size_t i = 0; i < spec.values.size(); ++i) {
        CONVOLAB_RETURN_IF_ERROR(checkValue(*kind, kind->options[i], spec.values[i]));
    }
    return kind->check(spec.values);
}

Result<AugmentationSpec> parseAugmentation(std::string_view text) {
    const Augmentation* kind = findAugmentation(toLower(optionName(text)));
    if (kind == nullptr) return unknownWord("augmentation", optionName(text), kindIds());
    AugmentationSpec spec = standardAugmentation(*kind);
    CONVOLAB_RETURN_IF_ERROR(forEachOption(text, [&](std::string_view key, std::string_view value) -> Status {
        std::vector<std::string> keys;
        for (std::size_t i = 0; i < kind->options.size(); ++i) {
            const AugmentationOption& option = kind->options[i];
            keys.push_back(option.key);
            if (normalizedName(option.key) != normalizedName(key)) continue;
            const auto number = parseNumber<double>(value);
            if (!number) {
                return Error{ErrorCode::InvalidArgument, kind->id + "'s " + option.key + " is \"" + std::string(value) + "\"", {},
                             "give a number such as " + formatNumber(option.standard)};
            }
            spec.values[i] = *number;
            return {};
        }
        return unknownWord("option of " + kind->id, key, keys);
    }));
    CONVOLAB_RETURN_IF_ERROR(validateAugmentation(spec));
    return spec;
}

std::string augmentationText(const AugmentationSpec& spec) {
    const Augmentation* kind = findAugmentation(spec.kind);
    if (kind == nullptr) return spec.kind;
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < std::min(kind->options.size(), spec.values.size()); ++i) {
        const AugmentationOption& option = kind->options[i];
        if (spec.values[i] != option.standard) parts.push_back(option.key + "=" + formatNumber(spec.values[i], 12));
    }
    return parts.empty() ? kind->id : kind->id + ":" + join(parts, ",");
}

Augmenter::Augmenter(const std::vector<AugmentationSpec>& specs, std::uint64_t seed, const Shape& image)
    : m_seed(seed), m_shape(image) {
    const auto& all = augmentations();
    for (const AugmentationSpec& spec : specs) {
        const Augmentation* kind = findAugmentation(spec.kind);
        CONVOLAB_CHECK(kind != nullptr && kind->options.size() == spec.values.size(), spec.kind);
        const auto number = static_cast<std::uint64_t>(std::ranges::find(all, kind) - all.begin());
        CONVOLAB_CHECK(number < kMostKinds, "the random streams have room for 64 kinds");
        m_active.push_back({kind, number, spec.values});
    }
    if (m_active.empty()) return;
    CONVOLAB_CHECK(image.isImage(), "augmentation needs images, not " + image.text());
    m_scratch.resize(static_cast<std::size_t>(image.size() + 2 * image.height() * image.width()));
}

void Augmenter::apply(std::span<float> pixels, std::int64_t epoch, std::int64_t sample) {
    if (m_active.empty()) return;
    const AugmentedImage image{.pixels = pixels,
                               .scratch = m_scratch,
                               .channels = m_shape.channels(),
                               .height = m_shape.height(),
                               .width = m_shape.width()};
    for (const Active& active : m_active) {
        RandomSequence random(m_seed, RandomStreamId::Augmentation, static_cast<std::uint64_t>(epoch),
                              static_cast<std::uint64_t>(sample) * kMostKinds + active.number);
        active.kind->apply(active.values, random, image);
    }
    for (float& pixel : pixels) pixel = std::clamp(pixel, 0.0F, 1.0F);
}

}  // namespace convolab
