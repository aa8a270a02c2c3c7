#include "datasets/houses.h"

#include "core/data/targets.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

class Houses : public Dataset {
  public:
    explicit Houses(const GeneratedSizes& sizes) : m_sizes(sizes) {
        m_info.id = "houses";
        m_info.title = "House prices";
        m_info.imageShape = Shape{1, 1, 1};
        m_info.source = "four houses of a lecture on linear regression; all splits are the same";
        for (const House& house : kHouses) m_info.classNames.push_back(formatNumber(static_cast<double>(house.price)) + " k$");
    }

    const DatasetInfo& info() const override { return m_info; }
    std::int64_t size(Split split) const override {
        return split == Split::Train ? m_sizes.train : split == Split::Validation ? m_sizes.validation : m_sizes.test;
    }
    void image(Split split, std::int64_t index, std::span<float> pixels) const override {
        CONVOLAB_CHECK(pixels.size() == 1, "room for one size of a house");
        pixels[0] = kHouses[static_cast<std::size_t>(label(split, index))].size;
    }
    int label(Split split, std::int64_t index) const override {
        CONVOLAB_CHECK(index >= 0 && index < size(split), "house " + std::to_string(index) + " of " + std::to_string(size(split)));
        return static_cast<int>(index % static_cast<std::int64_t>(kHouses.size()));
    }

  private:
    GeneratedSizes m_sizes;
    DatasetInfo m_info;
};

}  // namespace

DatasetPtr makeHouses(const GeneratedSizes& sizes) {
    CONVOLAB_CHECK(sizes.train >= 0 && sizes.validation >= 0 && sizes.test >= 0, "sizes count from 0");
    Targets targets;
    for (const House& house : kHouses) targets.values.push_back(house.price);
    targets.estimated = {.name = "price", .unit = "k$"};
    targets.measured = {.name = "size", .unit = "ft²"};
    return withTargets(std::make_shared<Houses>(sizes), std::move(targets));
}

}  // namespace convolab
