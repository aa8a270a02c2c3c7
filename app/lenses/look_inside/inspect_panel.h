#pragma once

#include <map>

#include "app/lenses/lens_panel.h"
#include "app/lenses/look_inside/inspect_tool.h"

class QButtonGroup;

namespace convolab {

/// The right panel of Look inside: a grid of buttons, one per tool, what there is to say about the weights, and the chosen
/// tool below. Tools are made when they are first chosen.
class InspectPanel : public LensPanel {
    Q_OBJECT

  public:
    explicit InspectPanel(const InspectContext& context, QWidget* parent = nullptr);

    void setActive(bool active);
    void choose(const QString& id);
    QString chosen() const { return m_chosen; }
    InspectTool* tool() const;  ///< the chosen one; null while it makes no sense for the network
    void setHasNaN(bool hasNaN);
    void showProblem(const QString& sentence);  ///< until something else is to be said

  private:
    void buildButtons();
    void refresh();
    void showNote();
    void refreshIcons();
    QString obstacle(const InspectToolEntry& entry) const;

    const InspectContext m_context;
    QButtonGroup* m_buttons = nullptr;
    QLabel *m_note = nullptr, *m_obstacle = nullptr;
    std::map<QString, InspectTool*> m_tools;
    QString m_chosen;
    bool m_active = false;
    bool m_hasNaN = false;
};

}  // namespace convolab
