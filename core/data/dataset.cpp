#include "core/data/dataset.h"

#include <algorithm>
#include <array>

#include "core/data/targets.h"
#include "core/util/check.h"
#include "core/util/random.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kValidationImages = 5000;
constexpr std::int64_t kSmallSet = 50000;

constexpr std::array<float, 256> makeUnitTable() {
    std::array<float, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i) / 255.0F;
    return table;
}

constexpr std::array<float, 256> kUnit = makeUnitTable();

void checkIndex(std::int64_t index, std::int64_t size) {
    CONVOLAB_CHECK(index >= 0 && index < size,
                   "image " + std::to_string(index) + " of a split with " + std::to_string(size) + " images");
}

}  // namespace

const char* splitName(Split split) {
    switch (split) {
        case Split::Train:
            return "train";
        case Split::Validation:
            return "validation";
        case Split::Test:
            return "test";
    }
    return "";
}

Result<Split> splitFromName(const std::string& name) {
    static const std::vector<std::string> kNames{"train", "validation", "test"};
    for (const Split split : {Split::Train, Split::Validation, Split::Test}) {
        if (toLower(name) == splitName(split)) return split;
    }
    return Error{ErrorCode::InvalidArgument,
                 "there is no split \"" + name + "\"",
                 {},
                 "did you mean \"" + nearestWord(name, kNames) + "\"? The splits are " + join(kNames, ", ")};
}

MemoryDataset::MemoryDataset(DatasetInfo info, ImageStore train, ImageStore validation, ImageStore test)
    : m_info(std::move(info)),
      m_train(std::move(train)),
      m_validation(std::move(validation)),
      m_test(std::move(test)) {
    const auto pixelsPerImage = static_cast<std::size_t>(m_info.imageShape.size());
    for (const ImageStore* split : {&m_train, &m_validation, &m_test}) {
        CONVOLAB_CHECK(split->pixels.size() == split->labels.size() * pixelsPerImage,
                       "pixels and labels of " + m_info.id + " differ in number");
        for (const std::uint8_t label : split->labels) {
            CONVOLAB_CHECK(label < m_info.classNames.size(), "a label of " + m_info.id + " has no class");
        }
    }
}

const ImageStore& MemoryDataset::store(Split split) const {
    switch (split) {
        case Split::Train:
            return m_train;
        case Split::Validation:
            return m_validation;
        case Split::Test:
            break;
    }
    return m_test;
}

std::int64_t MemoryDataset::size(Split split) const {
    return static_cast<std::int64_t>(store(split).labels.size());
}

void MemoryDataset::image(Split split, std::int64_t index, std::span<float> pixels) const {
    checkIndex(index, size(split));
    const std::int64_t count = m_info.imageShape.size();
    CONVOLAB_CHECK(static_cast<std::int64_t>(pixels.size()) == count, "room for one image of " + m_info.id);
    const std::uint8_t* source = store(split).pixels.data() + index * count;
    std::transform(source, source + count, pixels.begin(), [](std::uint8_t value) { return kUnit[value]; });
}

int MemoryDataset::label(Split split, std::int64_t index) const {
    checkIndex(index, size(split));
    return store(split).labels[static_cast<std::size_t>(index)];
}

ImageStore splitOffValidation(ImageStore& train, std::int64_t pixelsPerImage) {
    const auto images = static_cast<std::int64_t>(train.labels.size());
    const std::int64_t cut = images - (images < kSmallSet ? images / 10 : kValidationImages);
    ImageStore validation;
    validation.labels.assign(train.labels.begin() + cut, train.labels.end());
    validation.pixels.assign(train.pixels.begin() + cut * pixelsPerImage, train.pixels.end());
    train.labels.resize(static_cast<std::size_t>(cut));
    train.pixels.resize(static_cast<std::size_t>(cut * pixelsPerImage));
    return validation;
}

namespace {

/// Passes everything on to another data set; the adapters below change what they have to.
class DatasetAdapter : public Dataset, public TargetedDataset {
  public:
    explicit DatasetAdapter(DatasetPtr inner) : m_inner(std::move(inner)) {}
    const DatasetInfo& info() const override { return m_inner->info(); }
    std::int64_t size(Split split) const override { return m_inner->size(split); }
    void image(Split split, std::int64_t index, std::span<float> pixels) const override {
        m_inner->image(split, index, pixels);
    }
    int label(Split split, std::int64_t index) const override { return m_inner->label(split, index); }
    const Targets* targets() const override { return targetsOf(*m_inner); }

  protected:
    DatasetPtr m_inner;
};

class LimitedDataset : public DatasetAdapter {
  public:
    LimitedDataset(DatasetPtr inner, std::int64_t limit) : DatasetAdapter(std::move(inner)), m_limit(limit) {}

    std::int64_t size(Split split) const override { return std::min(m_limit, m_inner->size(split)); }
    void image(Split split, std::int64_t index, std::span<float> pixels) const override {
        checkIndex(index, size(split));
        m_inner->image(split, index, pixels);
    }
    int label(Split split, std::int64_t index) const override {
        checkIndex(index, size(split));
        return m_inner->label(split, index);
    }

  private:
    std::int64_t m_limit;
};

class SampledDataset : public DatasetAdapter {
  public:
    SampledDataset(DatasetPtr inner, std::vector<std::int64_t> chosen)
        : DatasetAdapter(std::move(inner)), m_chosen(std::move(chosen)) {}

    std::int64_t size(Split split) const override {
        return split == Split::Train ? static_cast<std::int64_t>(m_chosen.size()) : m_inner->size(split);
    }
    void image(Split split, std::int64_t index, std::span<float> pixels) const override {
        m_inner->image(split, sourceIndex(split, index), pixels);
    }
    int label(Split split, std::int64_t index) const override {
        return m_inner->label(split, sourceIndex(split, index));
    }

  private:
    std::int64_t sourceIndex(Split split, std::int64_t index) const {
        checkIndex(index, size(split));
        return split == Split::Train ? m_chosen[static_cast<std::size_t>(index)] : index;
    }

    std::vector<std::int64_t> m_chosen;
};

class DatasetWithTargets : public DatasetAdapter {
  public:
    DatasetWithTargets(DatasetPtr inner, Targets targets) : DatasetAdapter(std::move(inner)), m_targets(std::move(targets)) {
        CONVOLAB_CHECK(!m_targets.values.empty() && m_targets.values.size() % info().classNames.size() == 0,
                       "the targets of " + info().id + " are no whole rows");
    }
    const Targets* targets() const override { return &m_targets; }

  private:
    Targets m_targets;
};

/// Centres images in zeros, or flattens them, to fill another shape.
class FittedDataset : public DatasetAdapter {
  public:
    FittedDataset(DatasetPtr inner, Shape shape) : DatasetAdapter(std::move(inner)), m_info(m_inner->info()) {
        if (shape.isVector()) m_info.pictureShape = m_info.picture();
        m_info.imageShape = std::move(shape);
    }

    const DatasetInfo& info() const override { return m_info; }
    void image(Split split, std::int64_t index, std::span<float> pixels) const override {
        const Shape& from = m_inner->info().imageShape;
        const Shape& to = m_info.imageShape;
        CONVOLAB_CHECK(static_cast<std::int64_t>(pixels.size()) == to.size(),
                       "room for one image of " + m_info.id);
        if (from.size() == to.size()) return m_inner->image(split, index, pixels);

        thread_local std::vector<float> buffer;
        buffer.resize(static_cast<std::size_t>(from.size()));
        m_inner->image(split, index, buffer);
        std::fill(pixels.begin(), pixels.end(), 0.0F);
        const std::int64_t top = (to.height() - from.height()) / 2;
        const std::int64_t left = (to.width() - from.width()) / 2;
        for (std::int64_t row = 0; row < from.channels() * from.height(); ++row) {
            const std::int64_t channel = row / from.height();
            const std::int64_t y = row % from.height() + top;
            std::copy_n(buffer.begin() + row * from.width(), from.width(),
                        pixels.begin() + (channel * to.height() + y) * to.width() + left);
        }
    }

  private:
    DatasetInfo m_info;
};

}  // namespace

const Targets* targetsOf(const Dataset& dataset) {
    const auto* targeted = dynamic_cast<const TargetedDataset*>(&dataset);
    return targeted == nullptr ? nullptr : targeted->targets();
}

bool isRegression(const Dataset& dataset) {
    const Targets* targets = targetsOf(dataset);
    return targets != nullptr && targets->isRegression();
}

int outputsOf(const Dataset& dataset) {
    const Targets* targets = targetsOf(dataset);
    return targets == nullptr ? dataset.classes() : static_cast<int>(targets->values.size()) / dataset.classes();
}

DatasetPtr withTargets(DatasetPtr dataset, Targets targets) {
    return std::make_shared<DatasetWithTargets>(std::move(dataset), std::move(targets));
}

DatasetPtr limited(DatasetPtr dataset, std::int64_t limit) {
    return std::make_shared<LimitedDataset>(std::move(dataset), std::max<std::int64_t>(limit, 0));
}

std::vector<std::int64_t> balancedSample(const Dataset& dataset, Split split, std::int64_t count,
                                         std::uint64_t seed) {
    const std::int64_t available = dataset.size(split);
    std::vector<std::vector<std::int64_t>> byClass(static_cast<std::size_t>(dataset.classes()));
    for (const std::int64_t index : permutation(available, seed, RandomStreamId::Analysis, 0)) {
        byClass[static_cast<std::size_t>(dataset.label(split, index))].push_back(index);
    }
    // One of each class in turn: as balanced as the classes allow, and larger samples contain the smaller
    // ones.
    const std::int64_t wanted = std::clamp<std::int64_t>(count, 0, available);
    std::vector<std::int64_t> chosen;
    for (std::size_t round = 0; static_cast<std::int64_t>(chosen.size()) < wanted; ++round) {
        for (const auto& members : byClass) {
            if (round < members.size() && static_cast<std::int64_t>(chosen.size()) < wanted) {
                chosen.push_back(members[round]);
            }
        }
    }
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

DatasetPtr sampled(DatasetPtr dataset, std::int64_t count, std::uint64_t seed) {
    std::vector<std::int64_t> chosen = balancedSample(*dataset, Split::Train, count, seed);
    return std::make_shared<SampledDataset>(std::move(dataset), std::move(chosen));
}

Result<DatasetPtr> fitted(DatasetPtr dataset, const Shape& inputShape) {
    const DatasetInfo& info = dataset->info();
    const Shape& from = info.imageShape;
    if (from == inputShape) return dataset;
    const auto mismatch = [&](std::string hint) {
        return Error{ErrorCode::ShapeMismatch,
                     "the images of " + info.title + " are " + from.text() + ", the network's input is " +
                         inputShape.text(),
                     {},
                     std::move(hint)};
    };
    if (inputShape.isVector() && inputShape.size() == from.size()) {
        return DatasetPtr(std::make_shared<FittedDataset>(std::move(dataset), inputShape));
    }
    if (!inputShape.isImage()) {
        return mismatch("set the input's shape to " + from.text() + " or to " + std::to_string(from.size()) +
                        " values");
    }
    if (from.channels() != inputShape.channels()) {
        return mismatch("set the input's channels to " + std::to_string(from.channels()) +
                        " or choose a data set with " + std::to_string(inputShape.channels()));
    }
    if (from.height() > inputShape.height() || from.width() > inputShape.width()) {
        return mismatch("make the input at least " + from.text() +
                        "; smaller images are padded, never resized");
    }
    return DatasetPtr(std::make_shared<FittedDataset>(std::move(dataset), inputShape));
}

}  // namespace convolab
