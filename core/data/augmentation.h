#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/shape.h"
#include "core/util/random.h"
#include "core/util/result.h"

namespace convolab {

/// One adjustable number of an augmentation: what the window, the JSON reader and "NAME:key=value" texts show and check.
struct AugmentationOption {
    std::string key;    ///< snake_case
    std::string label;  ///< as in the window
    std::string help;   ///< one line
    double standard = 0.0;
    double minimum = 0.0;
    double maximum = 1.0;
    double usual = 1.0;      ///< where a slider ends; a larger number can be typed
    std::string unit = {};   ///< "px", "°"; empty: a share
    bool whole = false;
};

/// An augmentation that is switched on.
struct AugmentationSpec {
    std::string kind;            ///< id in the registry: "shift"
    std::vector<double> values;  ///< one per option of that kind, in its order
    bool operator==(const AugmentationSpec&) const = default;
};

/// What an augmentation works on: (C, H, W) values in [0, 1], changed in place.
struct AugmentedImage {
    std::span<float> pixels;
    std::span<float> scratch;  ///< as many floats as `pixels` and two planes more; contents undefined
    std::int64_t channels = 1, height = 1, width = 1;

    std::int64_t area() const { return height * width; }
};

/// A random change of a training image that leaves its label right. Each stands in core/data/augment/<id>.cpp; one
/// immutable instance lives in the registry. What comes from outside the image is 0 (black).
class Augmentation {
  public:
    virtual ~Augmentation() = default;

    std::string id;     ///< "shift"
    std::string label;  ///< "Shift"
    std::string help;   ///< one sentence, with the source where there is one
    std::vector<AugmentationOption> options;

    /// What two numbers cannot say alone (a lower end above the upper one); the ranges have been checked.
    virtual Status check(std::span<const double> values) const {
        static_cast<void>(values);
        return {};
    }
    /// `random` is this image's own sequence for this augmentation and epoch. Values may leave [0, 1]: they are clamped
    /// when all augmentations are through.
    virtual void apply(std::span<const double> values, RandomSequence& random, const AugmentedImage& image) const = 0;
};

const std::vector<const Augmentation*>& augmentations();
const Augmentation* findAugmentation(const std::string& id);

AugmentationSpec standardAugmentation(const Augmentation& kind);  ///< with the defaults
/// "rotate:degrees=15", and back with the options that differ from their defaults.
Result<AugmentationSpec> parseAugmentation(std::string_view text);
std::string augmentationText(const AugmentationSpec& spec);
Status validateAugmentation(const AugmentationSpec& spec);

/// Applies augmentations to training images, in the order given. The numbers of an image are f(seed, stream
/// Augmentation, epoch, sample, kind): threads, prefetching, resuming and the other augmentations do not matter.
/// Buffers of its own: one thread at a time.
class Augmenter {
  public:
    /// `specs` are valid; `image` is (C, H, W).
    Augmenter(const std::vector<AugmentationSpec>& specs, std::uint64_t seed, const Shape& image);

    bool isActive() const { return !m_active.empty(); }
    /// Changes the pixels (C, H, W) of training image `sample` as epoch `epoch` sees it.
    void apply(std::span<float> pixels, std::int64_t epoch, std::int64_t sample);

  private:
    struct Active {
        const Augmentation* kind = nullptr;
        std::uint64_t number = 0;  ///< in the registry
        std::vector<double> values;
    };
    std::vector<Active> m_active;
    std::uint64_t m_seed;
    Shape m_shape;
    std::vector<float> m_scratch;
};

}  // namespace convolab
