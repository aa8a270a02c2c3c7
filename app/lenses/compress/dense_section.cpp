#include "app/lenses/compress/dense_section.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/lab_document.h"
#include "app/lenses/compress/compress_session.h"
#include "app/lenses/compress/dense_session.h"
#include "app/training_session.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

QString text(const std::string& value) { return QString::fromStdString(value); }

QString microseconds(double seconds) { return text(valueText(seconds * 1e6, 3)) + QStringLiteral(" µs"); }

QString factor(double before, double after) { return after > 0 ? text(fixedText(before / after, 2)) + QStringLiteral("×") : QStringLiteral("–"); }

}  // namespace

DenseSection::DenseSection(Theme& theme, LabDocument& document, TrainingSession& session, CompressSession& compress, DenseSession& dense, QWidget* parent)
    : PanelSection(theme, tr("To dense"), tr("before → after"), parent), m_document(document), m_session(session), m_compress(compress), m_dense(dense) {
    setObjectName(QStringLiteral("denseSection"));
    auto* table = new QWidget;
    m_grid = new QGridLayout(table);
    m_grid->setContentsMargins(0, 0, 0, 4);
    m_grid->setVerticalSpacing(3);
    m_grid->setColumnStretch(0, 1);
    const QString names[] = {tr("filters and units"), tr("parameters"), tr("MACs, executed"), tr("time, one image")};
    for (int row = 0; row < 4; ++row) {
        auto* name = new QLabel(names[row]);
        name->setProperty("role", "caption");
        m_grid->addWidget(name, row, 0);
        for (int column = 0; column < 3; ++column) {
            auto* cell = new QLabel;
            cell->setObjectName(QStringLiteral("denseCell_%1_%2").arg(row).arg(column));
            cell->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
            cell->setProperty("role", column == 0 ? "muted" : "");
            m_grid->addWidget(cell, row, column + 1);
            m_cells[row][column] = cell;
        }
    }
    add(table);
    const auto note = [&](const char* name, const char* role) {
        auto* label = new QLabel;
        label->setObjectName(QLatin1String(name));
        label->setProperty("role", role);
        label->setFont(theme.font(FontRole::Caption));
        label->setWordWrap(true);
        add(label);
        return label;
    };
    m_proof = note("denseProof", "muted");
    m_layers = note("denseLayers", "muted");
    m_held = note("denseHeld", "warning");
    auto* row = new QHBoxLayout;
    m_take = new QPushButton(tr("Make it dense"));
    m_take->setObjectName(QStringLiteral("takeDenseButton"));
    m_take->setProperty("role", "primary");
    m_leave = new QPushButton(tr("Leave it"));
    m_leave->setObjectName(QStringLiteral("leaveDenseButton"));
    row->addWidget(m_take);
    row->addWidget(m_leave);
    row->addStretch(1);
    column()->addSpacing(4);
    column()->addLayout(row);
    connect(m_take, &QPushButton::clicked, this, &DenseSection::take);
    connect(m_leave, &QPushButton::clicked, &m_dense, &DenseSession::clear);
    connect(&m_dense, &DenseSession::changed, this, &DenseSection::refresh);
    connect(&m_session, &TrainingSession::changed, this, [this] {
        m_take->setEnabled(!m_session.isRunning());
        m_take->setToolTip(m_session.isRunning() ? tr("Pause the training first") : tr("The document becomes the smaller network; undo takes it back"));
    });
    refresh();
}

void DenseSection::refresh() {
    const DenseOutcomePtr outcome = m_dense.outcome();
    setVisible(outcome != nullptr);
    if (!outcome) return;
    const DenseNetwork& dense = outcome->dense;
    std::int64_t filters = 0;
    for (const DenseNetwork::Layer& layer : dense.layers) filters += layer.filtersBefore;
    const auto fill = [this](int row, const QString& before, const QString& after, const QString& gain) {
        m_cells[row][0]->setText(before);
        m_cells[row][1]->setText(QStringLiteral("→ ") + after);
        m_cells[row][2]->setText(gain);
    };
    const auto count = [](std::int64_t value) { return text(countText(value)); };
    fill(0, count(filters), count(filters - dense.filtersRemoved()), {});
    fill(1, count(dense.parametersBefore), count(dense.parametersAfter), factor(static_cast<double>(dense.parametersBefore), static_cast<double>(dense.parametersAfter)));
    fill(2, text(compactText(static_cast<double>(dense.macsBefore))), text(compactText(static_cast<double>(dense.macsAfter))),
         factor(static_cast<double>(dense.macsBefore), static_cast<double>(dense.macsAfter)));
    fill(3, microseconds(outcome->before.median), microseconds(outcome->after.median), factor(outcome->before.median, outcome->after.median));
    const auto spread = [](const Spread& seconds) { return tr("median; half of the runs took %1 to %2").arg(microseconds(seconds.q1), microseconds(seconds.q3)); };
    m_cells[3][0]->setToolTip(spread(outcome->before));
    m_cells[3][1]->setToolTip(spread(outcome->after));
    m_proof->setText(tr("Equal to the masked network: largest |Δlogit| %1 on %2 validation images.").arg(text(valueText(outcome->difference, 2)), count(outcome->images)));
    m_layers->setText(layersText());
    m_held->setText(heldText());
    m_held->setVisible(!dense.held.empty());
    m_take->setEnabled(dense.filtersRemoved() > 0 && !m_session.isRunning());
}

QString DenseSection::layersText() const {
    const DenseNetwork& dense = m_dense.outcome()->dense;
    if (dense.filtersRemoved() == 0) return tr("No filter is empty, so nothing can be removed. Prune whole filters to make room.");
    QStringList parts;
    for (const DenseNetwork::Layer& layer : dense.layers) {
        if (layer.filtersAfter == layer.filtersBefore) continue;
        parts << tr("%1: %2 → %3").arg(text(dense.spec.node(layer.node)->name)).arg(layer.filtersBefore).arg(layer.filtersAfter);
    }
    return parts.join(QStringLiteral(" · "));
}

QString DenseSection::heldText() const {
    const DenseNetwork& dense = m_dense.outcome()->dense;
    QStringList lines;
    for (const DenseNetwork::Held& held : dense.held) {
        const Node* node = dense.spec.node(held.layer);
        lines << tr("%1: %2 pruned filters stay, %3").arg(node != nullptr ? text(node->name) : QString()).arg(held.filters).arg(text(held.reason));
    }
    return lines.join(QLatin1Char('\n'));
}

void DenseSection::take() {
    const DenseOutcomePtr outcome = m_dense.outcome();
    if (!outcome || m_session.isRunning()) return;
    // Sparsities have been taken; bits stay planned.
    CompressionPlan rest = outcome->laid->plan;
    for (auto& [layer, plan] : rest.layers) plan.sparsity = 0.0;
    const std::int64_t removed = outcome->dense.filtersRemoved();
    m_compress.commit({.text = tr("To dense"), .spec = outcome->dense.spec, .weights = std::make_shared<const WeightSet>(outcome->dense.weights),
                       .title = tr("dense").toStdString(), .keepsZeros = true},
                      rest);
    m_dense.clear();
    emit message(tr("The network lost %1 filters and units. Undo takes it back.").arg(removed), false);
}

}  // namespace convolab
