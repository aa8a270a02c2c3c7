#include "app/lenses/compress/plan_command.h"

#include <utility>

#include "app/weights_command.h"

namespace convolab {

namespace {

constexpr int kPlanCommandId = 4;  // beside those of SpecDocument, the recipe and the weights
constexpr int kMergeMs = 1000;

}  // namespace

HeldOverlay::HeldOverlay(PlanOverlay overlay) : m_overlay(std::move(overlay)) {
    if (m_overlay.tuned) count(weightBytes(*m_overlay.tuned));
}

HeldOverlay::~HeldOverlay() { count(0); }

void HeldOverlay::count(std::int64_t bytes) { undoWeightBytes() += bytes - std::exchange(m_counted, bytes); }

void HeldOverlay::putAside() {
    if (!m_overlay.tuned || undoWeightBytes() <= kWeightsInMemory) return;
    m_overlay.tuned.reset();
    m_left = true;
    count(0);
}

const PlanOverlay& HeldOverlay::bringBack(const std::function<WeightSetPtr(std::int64_t)>& read) {
    if (!std::exchange(m_left, false)) return m_overlay;
    if (m_point > 0) m_overlay.tuned = read(m_point);
    if (m_overlay.tuned) {
        count(weightBytes(*m_overlay.tuned));
    } else {
        m_overlay.steps.reset();
    }
    return m_overlay;
}

PlanCommand::PlanCommand(HeldOverlayPtr before, HeldOverlayPtr after, Show show, const QString& text, QString mergeKey)
    : QUndoCommand(text), m_before(std::move(before)), m_after(std::move(after)), m_show(std::move(show)), m_mergeKey(std::move(mergeKey)) {
    m_age.start();
}

void PlanCommand::undo() { m_show(m_before); }

void PlanCommand::redo() { m_show(m_after); }

int PlanCommand::id() const { return m_mergeKey.isEmpty() ? -1 : kPlanCommandId; }

bool PlanCommand::mergeWith(const QUndoCommand* other) {
    const auto* next = static_cast<const PlanCommand*>(other);
    // A drag is one step however long the hand rests on it.
    const bool sameDrag = m_mergeKey.startsWith(QStringLiteral("drag:"));
    if (next->m_mergeKey != m_mergeKey || (!sameDrag && m_age.elapsed() > kMergeMs)) return false;
    m_after = next->m_after;
    m_age.restart();
    setObsolete(m_before->overlay() == m_after->overlay());
    return true;
}

}  // namespace convolab
