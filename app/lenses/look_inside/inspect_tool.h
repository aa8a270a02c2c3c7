#pragma once

#include <QTimer>
#include <QWidget>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/graph/analysis.h"
#include "core/inspect/activations.h"

class QHBoxLayout;
class QVBoxLayout;

namespace convolab {

class InspectFocus;
class LabDocument;
class MapView;
class PanelSection;
class Theme;
class TrainingSession;
struct ImageDesk;

/// What every tool works with. Lives as long as the window.
struct InspectContext {
    Theme& theme;
    LabDocument& document;
    TrainingSession& session;
    ImageDesk& desk;
    InspectFocus& focus;
};

/// One instrument of the right panel. It shows the focus of the lens on the current image; refresh() is called, at most
/// once a frame, when any of these is new: image, weights, channels, network, focus. Only while it is the chosen tool.
class InspectTool : public QWidget {
    Q_OBJECT

  public:
    explicit InspectTool(const InspectContext& context, QWidget* parent = nullptr);

    void setActive(bool active);
    bool isActive() const { return m_active; }

  protected:
    virtual void refresh() = 0;
    virtual void activated(bool) {}  ///< before the first refresh, and when another tool takes over
    void scheduleRefresh();
    /// With a line above it; to hide both, hide its parentWidget().
    PanelSection* addSection(const QString& title, const QString& note = {});
    /// A picture with a caption below it, beside those that are in the row already.
    MapView* addPicture(QHBoxLayout& row, const QString& name, const char* object, const QString& caption);
    void add(QWidget* widget);

    const NetworkSpec& spec() const;       ///< the document's
    const Analysis& analysis() const;
    /// The newest answer if it belongs to the document's network; null otherwise.
    ActivationSnapshotPtr snapshot() const;
    QString whyNothing() const;            ///< one plain line while there is no snapshot
    /// Output of a layer in the snapshot; null where it has none.
    const Tensor* output(NodeId layer) const;
    NodeId inputOf(NodeId layer, int port = 0) const;

    const InspectContext m_context;

  private:
    QVBoxLayout* m_column = nullptr;
    QTimer m_refresh;
    mutable std::optional<bool> m_current;  ///< the snapshot belongs to the document's network
    bool m_active = false;
};

/// A tool in the panel's grid of buttons. To add one: a file in tools/, a line in tools/registry.cpp.
struct InspectToolEntry {
    const char* id;
    const char* title;  ///< translated in the context "InspectTool"
    const char* help;   ///< one sentence for the tooltip
    const char* icon;
    /// Why it makes no sense for this network; empty where it does.
    std::function<QString(const NetworkSpec&)> obstacle;
    std::function<InspectTool*(const InspectContext&)> make;
};
const std::vector<InspectToolEntry>& inspectTools();

}  // namespace convolab
