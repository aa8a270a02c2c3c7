// The inspector: what is selected on the canvas, with everything that can be set, what it costs and what is wrong near
// it. Generated from the kind's attribute schema. Nothing selected: the whole network. 312 px wide.
#pragma once

#include "widgets/canvas/canvas_selection.h"
#include "widgets/canvas/spec_editor.h"
#include "widgets/inspector/attribute_form.h"
#include "widgets/inspector/layer_costs.h"

#include <QScrollArea>

#include <functional>

class QLabel;
class QLineEdit;
class QVBoxLayout;

namespace convolab {

class DiagnosticsList;
class ShapeDiagram;

class InspectorPanel : public QWidget {
    Q_OBJECT

public:
    InspectorPanel(SpecEditor& editor, CanvasSelection& selection, Theme& theme, QWidget* parent = nullptr);

    // On which tier a layer runs, as the application knows it; empty: unknown.
    void setTierText(std::function<QString(NodeId)> tier);
    AttributeForm* form() const { return m_form; }  // null unless layers of one kind are selected
    void focusName();

signals:
    void nodeChosen(convolab::NodeId node);
    void fixChosen(const convolab::Fix& fix);
    void fixLookedAt(const convolab::Fix& fix);
    void fixLeft();
    void blockFoldRequested(const std::string& block, bool folded);
    void blockUnfoldRequested(const std::string& block);  // into its layers

private:
    void rebuild();   // another selection
    void refresh();   // the same selection, changed values
    void buildLayer(NodeId node);
    void buildBlock(const Block& block);
    void buildSeveral(const std::vector<NodeId>& nodes);
    void buildNetwork();
    QWidget* makeHeader(const QString& icon, ThemeColor color, const QString& name, const QString& title, bool editable);
    void addForm(AttributeOwner owner);
    void addFormula(const Node& node);
    void addHelp(const QString& help);
    void addCosts(const QString& heading, const QString& note);
    void showCosts(const std::vector<CostLine>& lines);
    void addProblems(NodeId node);
    QVBoxLayout* section(const QString& heading, const QString& note = {});
    void rename();
    Status renameIn(NetworkSpec& spec, const std::string& wanted) const;
    QString presentName() const;
    std::vector<NodeId> shownNodes() const;
    std::string shownBlock() const;

    SpecEditor& m_editor;
    CanvasSelection& m_selection;
    Theme& m_theme;
    std::function<QString(NodeId)> m_tier;
    QVBoxLayout* m_outer;
    QWidget* m_header = nullptr;
    QScrollArea* m_scroll;
    QVBoxLayout* m_column = nullptr;
    QLineEdit* m_name = nullptr;
    QLabel* m_nameError = nullptr;
    AttributeForm* m_form = nullptr;
    ShapeDiagram* m_diagram = nullptr;
    QWidget* m_costs = nullptr;
    QWidget* m_problems = nullptr;
    DiagnosticsList* m_list = nullptr;
    std::vector<NodeId> m_shown;
    std::string m_block;  // of this name is what is selected; empty: no block
    bool m_blockFolded = false;
    bool m_built = false;
};

}  // namespace convolab
