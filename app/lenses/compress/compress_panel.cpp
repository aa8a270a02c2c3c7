#include "app/lenses/compress/compress_panel.h"

#include <QLabel>
#include <QVBoxLayout>

#include "app/lab_document.h"
#include "app/lenses/compress/action_section.h"
#include "app/lenses/compress/compress_session.h"
#include "app/lenses/compress/dense_section.h"
#include "app/lenses/compress/key_section.h"
#include "app/lenses/compress/layer_section.h"
#include "app/lenses/compress/plan_table.h"
#include "app/lenses/compress/quantise_section.h"
#include "app/lenses/compress/stage_section.h"
#include "widgets/theme/theme.h"

namespace convolab {

CompressPanel::CompressPanel(Theme& theme, LabDocument& document, const Sessions& sessions, QWidget* parent)
    : LensPanel(theme, QStringLiteral("compressPanel"), tr("Compress"), parent), m_document(document) {
    state()->setObjectName(QStringLiteral("compressLayerName"));
    auto* keys = new KeySection(theme, sessions.compress);
    connect(keys, &KeySection::trainRequested, this, &CompressPanel::trainRequested);
    addToColumn(keys);
    addSection(new StageSection(theme, sessions.stages));
    m_layer = new LayerSection(theme, document, sessions.compress);
    addSection(m_layer);
    addSection(new QuantiseSection(theme, sessions.compress, sessions.desk));
    auto* plan = new PanelSection(theme, tr("Plan"), tr("double click a cell to edit"));
    m_table = new PlanTable(theme, sessions.compress);
    plan->add(m_table);
    addSection(plan);
    connect(m_table, &PlanTable::layerChosen, this, &CompressPanel::layerChosen);
    m_actions = new ActionSection(theme, document, sessions.training, sessions.compress, sessions.tune, sessions.dense, sessions.recipe, sessions.exports);
    addSection(m_actions);
    auto* denseSection = new DenseSection(theme, document, sessions.training, sessions.compress, sessions.dense);
    addSection(denseSection);
    connect(denseSection, &DenseSection::message, m_actions, &ActionSection::message);
}

void CompressPanel::setLayer(NodeId layer) {
    m_layer->setLayer(layer);
    m_table->setLayer(layer);
    const Node* node = layer ? m_document.network().spec().node(layer) : nullptr;
    state()->setText(node != nullptr ? QString::fromStdString(node->name) : QString());
}

}  // namespace convolab
