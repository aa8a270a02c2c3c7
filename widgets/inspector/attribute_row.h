// One attribute in the inspector: label, editor, and below them the sentence that a bad value gets. The value is handed
// on only if the schema accepts it. Right click: back to the default.
#pragma once

#include "widgets/inspector/attribute_editors.h"
#include "widgets/theme/theme.h"

class QLabel;

namespace convolab {

class AttributeRow : public QWidget {
    Q_OBJECT

public:
    AttributeRow(const AttributeSchema& schema, const Theme& theme, QWidget* parent);

    const AttributeSchema& schema() const { return m_schema; }
    void setValue(const AttributeValue& value);
    void setSurroundings(const std::optional<Shape>& input, const std::optional<WindowGeometry>& window) { m_editor->setSurroundings(input, window); }
    AttributeEditor& editor() { return *m_editor; }
    QString errorText() const;  // empty while the value is good

signals:
    void accepted(const convolab::AttributeValue& value);
    void resetRequested();

protected:
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void check(const AttributeValue& value);
    void refuse(const QString& reason);
    void setLabelColor(bool changed);

    AttributeSchema m_schema;
    const Theme& m_theme;
    QLabel* m_label;
    AttributeEditor* m_editor;
    QLabel* m_error;
    bool m_changed = false;
};

}  // namespace convolab
