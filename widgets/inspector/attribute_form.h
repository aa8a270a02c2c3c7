// The rows of one kind's attributes, in the schema's sections: for one layer, several of the same kind, or a block.
#pragma once

#include "widgets/canvas/spec_editor.h"
#include "widgets/inspector/attribute_row.h"

#include <QElapsedTimer>

#include <functional>
#include <vector>

namespace convolab {

// What has the attributes of a form, and how it changes.
struct AttributeOwner {
    std::vector<AttributeSchema> schemas;
    QString key;  // changes of the same key and attribute become one undo step
    std::function<std::optional<AttributeValue>(const std::string& key)> value;  // nothing: the default
    std::function<void(const AttributeSchema& schema, const AttributeValue& value, const QString& mergeKey)> change;
    std::function<void(AttributeRow& row)> surround;  // may be empty
};
// All nodes are of one kind, and there is at least one.
AttributeOwner layerOwner(SpecEditor& editor, std::vector<NodeId> nodes);
// Of the block that this layer is in. A refused value leaves the block as it is.
AttributeOwner blockOwner(SpecEditor& editor, NodeId member);

class AttributeForm : public QWidget {
    Q_OBJECT

public:
    AttributeForm(AttributeOwner owner, const Theme& theme, QWidget* parent);

    void refresh();  // after the spec changed; the owner still exists
    AttributeRow* row(const std::string& key) const;
    const std::vector<AttributeRow*>& rows() const { return m_rows; }
    bool empty() const { return m_rows.empty(); }

private:
    QString mergeKey(const std::string& key);

    AttributeOwner m_owner;
    std::vector<AttributeRow*> m_rows;
    QElapsedTimer m_sinceEdit;
    int m_group = 0;
    std::string m_lastKey;
};

}  // namespace convolab
