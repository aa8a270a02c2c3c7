#include "widgets/canvas/layer_search.h"

#include "core/graph/blocks/block_kind.h"
#include "core/graph/kind_presets.h"
#include "widgets/canvas/layer_group_style.h"

#include <QCoreApplication>

#include <algorithm>

namespace convolab {

std::vector<std::string> matchingKindIds(const QString& text) {
    struct Entry {
        std::string id;
        QString label;
    };
    const QStringList words = text.toLower().split(QLatin1Char(' '), Qt::SkipEmptyParts);
    std::vector<Entry> found;
    const auto consider = [&](const std::string& id, const std::string& label, const std::string& title, const QString& group) {
        const QString all = (toQString(label) + ' ' + toQString(title) + ' ' + toQString(id) + ' ' + group).toLower();
        if (std::all_of(words.begin(), words.end(), [&](const QString& word) { return all.contains(word); })) found.push_back({id, toQString(label)});
    };
    for (const LayerKind* kind : layerKinds()) {
        consider(kind->id, kind->label, kind->title, groupTitle(kind->group));
        for (const KindPreset& preset : kindPresets()) {
            if (preset.kind == kind->id) consider(preset.id, preset.label, preset.title, groupTitle(kind->group));
        }
    }
    for (const BlockKind* kind : blockKinds()) consider(kind->id, kind->label, kind->title, QCoreApplication::translate("LayerGroup", "Blocks"));
    // A label that begins with the text comes first: "re" finds ReLU before "Global average reduces".
    std::stable_partition(found.begin(), found.end(), [&](const Entry& entry) {
        return !text.isEmpty() && entry.label.startsWith(text.trimmed(), Qt::CaseInsensitive);
    });
    std::vector<std::string> ids;
    for (const Entry& entry : found) ids.push_back(entry.id);
    return ids;
}

}  // namespace convolab
