#include <algorithm>

#include "core/inspect/attribution.h"

namespace convolab {

const AttributionMethod& saliencyMethod();
const AttributionMethod& integratedGradientsMethod();
const AttributionMethod& gradCamMethod();

const std::vector<const AttributionMethod*>& attributionMethods() {
    static const std::vector<const AttributionMethod*> all{&saliencyMethod(), &integratedGradientsMethod(),
                                                           &gradCamMethod()};
    return all;
}

const AttributionMethod* findAttributionMethod(const std::string& id) {
    const auto& all = attributionMethods();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const AttributionMethod* method) { return method->id == id; });
    return found == all.end() ? nullptr : *found;
}

}  // namespace convolab
