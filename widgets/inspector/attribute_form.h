// The rows of one kind's attributes, in the schema's sections, for one layer or several of the same kind.
#pragma once

#include "widgets/canvas/spec_editor.h"
#include "widgets/inspector/attribute_row.h"

#include <QElapsedTimer>

#include <vector>

namespace convolab {

class AttributeForm : public QWidget {
    Q_OBJECT

public:
    // All nodes are of one kind, and there is at least one.
    AttributeForm(SpecEditor& editor, std::vector<NodeId> nodes, const Theme& theme, QWidget* parent);

    void refresh();  // after the spec changed; the nodes still exist
    AttributeRow* row(const std::string& key) const;
    const std::vector<AttributeRow*>& rows() const { return m_rows; }
    bool empty() const { return m_rows.empty(); }

private:
    void change(const AttributeSchema& schema, const AttributeValue& value);
    void reset(const AttributeSchema& schema);
    QString mergeKey(const std::string& key);

    SpecEditor& m_editor;
    std::vector<NodeId> m_nodes;
    std::vector<AttributeRow*> m_rows;
    QElapsedTimer m_sinceEdit;
    int m_group = 0;
    std::string m_lastKey;
};

}  // namespace convolab
