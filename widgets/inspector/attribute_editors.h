// Editors of attribute values, one class per attribute type. An editor shows a value and says what a person made of it,
// valid or not: the row checks it against the schema.
#pragma once

#include "core/graph/attributes.h"
#include "core/graph/padding.h"
#include "core/tensor/shape.h"

#include <QWidget>

#include <memory>
#include <optional>

namespace convolab {

class AttributeEditor : public QWidget {
    Q_OBJECT

public:
    explicit AttributeEditor(QWidget* parent) : QWidget(parent) {}
    virtual void setValue(const AttributeValue& value) = 0;  // does not emit; leaves a field alone while it says the same
    virtual void setInvalid(bool invalid) = 0;
    // What *same* padding means here: the shape that arrives and the window that slides over it.
    virtual void setSurroundings(const std::optional<Shape>&, const std::optional<WindowGeometry>&) {}

signals:
    void edited(const convolab::AttributeValue& value);
    void unreadable(const QString& reason);  // the text is no value at all
};

AttributeEditor* makeAttributeEditor(const AttributeSchema& schema, QWidget* parent);

// Numbers as typed: "1e-3", "0,5" is refused. Whole numbers may carry thousands commas.
std::optional<std::int64_t> readInteger(const QString& text);
std::optional<double> readReal(const QString& text);
std::optional<std::vector<double>> readReals(const QString& text);  // separated by × x * , ; or spaces

}  // namespace convolab
