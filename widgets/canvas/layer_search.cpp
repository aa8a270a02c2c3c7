#include "widgets/canvas/layer_search.h"

#include "widgets/canvas/layer_group_style.h"

#include <algorithm>

namespace convolab {

std::vector<const LayerKind*> matchingKinds(const QString& text) {
    const QStringList words = text.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    std::vector<const LayerKind*> found;
    for (const LayerKind* kind : layerKinds()) {
        const QString all = (toQString(kind->label) + ' ' + toQString(kind->title) + ' ' + toQString(kind->id) + ' ' + groupTitle(kind->group)).toLower();
        if (std::all_of(words.begin(), words.end(), [&](const QString& word) { return all.contains(word); })) found.push_back(kind);
    }
    // A label that begins with the text comes first: "re" finds ReLU before "Global average reduces".
    std::stable_partition(found.begin(), found.end(), [&](const LayerKind* kind) {
        return !text.isEmpty() && toQString(kind->label).startsWith(text.trimmed(), Qt::CaseInsensitive);
    });
    return found;
}

}  // namespace convolab
