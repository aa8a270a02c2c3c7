#pragma once

#include <QElapsedTimer>
#include <QUndoCommand>
#include <functional>
#include <memory>

#include "app/lenses/compress/plan_overlay.h"

namespace convolab {

/// An overlay that undo steps can bring back, shared by those on both sides of it. Its fine-tuned weights count once in
/// the memory of all undo steps; where that is full they are left to the document, which has them with the tried point.
class HeldOverlay {
  public:
    explicit HeldOverlay(PlanOverlay overlay);
    ~HeldOverlay();
    HeldOverlay(const HeldOverlay&) = delete;
    HeldOverlay& operator=(const HeldOverlay&) = delete;

    const PlanOverlay& overlay() const { return m_overlay; }
    void setPoint(std::int64_t point) { m_point = point; }  ///< which has the weights in the document's file
    /// Another overlay comes to lie over the network: keeps the weights in memory only while there is room.
    void putAside();
    /// It comes back; `read` gets the point whose weights are wanted. Null there: the plan is cut out of the document's own.
    const PlanOverlay& bringBack(const std::function<WeightSetPtr(std::int64_t)>& read);

  private:
    void count(std::int64_t bytes);

    PlanOverlay m_overlay;
    std::int64_t m_point = 0, m_counted = 0;
    bool m_left = false;  ///< its weights were given up
};
using HeldOverlayPtr = std::shared_ptr<HeldOverlay>;

/// One undo step of the plan.
class PlanCommand : public QUndoCommand {
  public:
    using Show = std::function<void(const HeldOverlayPtr&)>;
    PlanCommand(HeldOverlayPtr before, HeldOverlayPtr after, Show show, const QString& text, QString mergeKey);

    void undo() override;
    void redo() override;
    int id() const override;
    bool mergeWith(const QUndoCommand* other) override;

  private:
    HeldOverlayPtr m_before, m_after;
    Show m_show;
    QString m_mergeKey;
    QElapsedTimer m_age;
};

}  // namespace convolab
