#include "datasets/image_probe.h"

#include <algorithm>
#include <array>

namespace convolab {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::array<std::uint8_t, 8> kPngSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::array<std::uint8_t, 4> kPngEnd{'I', 'E', 'N', 'D'};
constexpr std::array<std::uint8_t, 2> kJpegEnd{0xFF, 0xD9};
constexpr std::array<std::uint8_t, 4> kPngAnimation{'a', 'c', 'T', 'L'};
constexpr std::array<std::uint8_t, 4> kPngData{'I', 'D', 'A', 'T'};
constexpr std::array<std::uint8_t, 4> kRiff{'R', 'I', 'F', 'F'};
constexpr std::array<std::uint8_t, 8> kExtendedWebp{'W', 'E', 'B', 'P', 'V', 'P', '8', 'X'};
constexpr std::uint8_t kWebpAnimated = 0x02;
constexpr std::array<std::uint8_t, 4> kGif{'G', 'I', 'F', '8'};

bool startsWith(Bytes bytes, Bytes prefix) {
    return bytes.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

bool contains(Bytes bytes, Bytes part) {
    return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
}

std::int64_t bigEndian(Bytes bytes, std::size_t at, std::size_t count) {
    std::int64_t value = 0;
    for (std::size_t i = at; i < at + count; ++i) value = value << 8 | bytes[i];
    return value;
}

/// Walks the marker segments (ITU-T T.81, annex B) up to the start of scan.
ImageProbe probeJpeg(Bytes bytes) {
    ImageProbe probe{.known = true};
    std::size_t at = 2;
    while (at + 4 <= bytes.size() && bytes[at] == 0xFF) {
        const std::uint8_t marker = bytes[at + 1];
        if (marker == 0xFF) {
            ++at;  // fill byte
            continue;
        }
        const bool frame =
            marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (frame && at + 9 <= bytes.size()) {
            probe.height = bigEndian(bytes, at + 5, 2);
            probe.width = bigEndian(bytes, at + 7, 2);
        }
        if (marker == 0xDA) {
            probe.complete = contains(bytes.subspan(at), kJpegEnd);
            break;
        }
        at += 2 + static_cast<std::size_t>(bigEndian(bytes, at + 2, 2));
    }
    return probe;
}

/// The animation chunk of an animated PNG comes before the picture's data.
bool isAnimatedPng(Bytes bytes) {
    const auto data = std::search(bytes.begin(), bytes.end(), kPngData.begin(), kPngData.end());
    return std::search(bytes.begin(), data, kPngAnimation.begin(), kPngAnimation.end()) != data;
}

bool isAnimatedWebp(Bytes bytes) {
    return bytes.size() > 20 && startsWith(bytes, kRiff) && startsWith(bytes.subspan(8), kExtendedWebp) &&
           (bytes[20] & kWebpAnimated) != 0;
}

ImageProbe probeBmp(Bytes bytes) {
    const auto little = [&](std::size_t at) {
        std::uint32_t value = 0;
        for (std::size_t i = 4; i-- > 0;) value = value << 8 | bytes[at + i];
        return static_cast<std::int64_t>(static_cast<std::int32_t>(value));
    };
    const std::int64_t height = little(22);
    return {.known = true,
            .complete = static_cast<std::int64_t>(bytes.size()) >= little(2),
            .animated = false,
            .width = little(18),
            .height = height < 0 ? -height : height};  // negative: rows from top to bottom
}

}  // namespace

ImageProbe probeImage(Bytes bytes) {
    if (startsWith(bytes, kPngSignature) && bytes.size() >= 24) {
        return {.known = true,
                .complete = contains(bytes, kPngEnd),
                .animated = isAnimatedPng(bytes),
                .width = bigEndian(bytes, 16, 4),
                .height = bigEndian(bytes, 20, 4)};
    }
    if (bytes.size() >= 4 && bytes[0] == 0xFF && bytes[1] == 0xD8) return probeJpeg(bytes);
    if (bytes.size() >= 26 && bytes[0] == 'B' && bytes[1] == 'M') return probeBmp(bytes);
    return {.animated = startsWith(bytes, kGif) || isAnimatedWebp(bytes)};
}

}  // namespace convolab
