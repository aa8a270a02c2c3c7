#include <algorithm>

#include "core/data/augmentation.h"

namespace convolab {

const Augmentation& shiftAugmentation();
const Augmentation& rotateAugmentation();
const Augmentation& scaleAugmentation();
const Augmentation& flipAugmentation();
const Augmentation& cropAugmentation();
const Augmentation& elasticAugmentation();
const Augmentation& eraseAugmentation();
const Augmentation& brightnessAugmentation();
const Augmentation& contrastAugmentation();
const Augmentation& noiseAugmentation();

const std::vector<const Augmentation*>& augmentations() {
    static const std::vector<const Augmentation*> all{
        &shiftAugmentation(), &rotateAugmentation(), &scaleAugmentation(),      &flipAugmentation(),     &cropAugmentation(),
        &elasticAugmentation(), &eraseAugmentation(), &brightnessAugmentation(), &contrastAugmentation(), &noiseAugmentation()};
    return all;
}

const Augmentation* findAugmentation(const std::string& id) {
    const auto& all = augmentations();
    const auto found = std::ranges::find_if(all, [&](const Augmentation* kind) { return kind->id == id; });
    return found == all.end() ? nullptr : *found;
}

}  // namespace convolab
