#include "app/lenses/block_note.h"

#include <QCoreApplication>

#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/layer_group_style.h"

namespace convolab {

QString blockOutputNote(const NetworkSpec& spec, NodeId head, NodeId shown) {
    const Block* block = foldedBlock(spec, head);
    const Node* layer = spec.node(shown);
    if (block == nullptr || layer == nullptr) return {};
    return QCoreApplication::translate("lenses", "output of block %1: %2").arg(toQString(block->name), toQString(layer->name));
}

QString blockSumNote(const NetworkSpec& spec, NodeId head) {
    const Block* block = foldedBlock(spec, head);
    if (block == nullptr) return {};
    return QCoreApplication::translate("lenses", "sum over the %1 layers of block %2").arg(block->nodes.size()).arg(toQString(block->name));
}

QString withNote(const QString& note, const QString& hint) {
    return note.isEmpty() || hint.isEmpty() ? note + hint : note + QLatin1Char('\n') + hint;
}

}  // namespace convolab
