#pragma once

#include <functional>

#include "app/lenses/lens_panel.h"
#include "core/train/recipe.h"

class QPushButton;

namespace convolab {

class ValueField;

/// Penalties, cut gradients and averaged weights; folded to a line that says what is on until somebody wants more.
class RegularisationSection : public PanelSection {
    Q_OBJECT

  public:
    using Apply = std::function<void(const std::function<void(Recipe&)>&)>;
    RegularisationSection(Theme& theme, Apply apply, QWidget* parent = nullptr);

    void show(const Recipe& recipe);

  private:
    struct Field {
        ValueField* field;
        double Recipe::*value;
    };
    void addField(const QString& label, const char* name, const QString& help, double Recipe::*value, ValueField* field);
    void fold(bool folded);
    static QString summary(const Recipe& recipe);

    Apply m_apply;
    std::vector<Field> m_fields;
    std::vector<QWidget*> m_folded;
    QLabel* m_formula = nullptr;
    QPushButton* m_more = nullptr;
    bool m_isFolded = true;
};

/// "Adds λ w to the gradient …": what weight decay means for this optimizer, beside the penalty it is mixed up with.
QString weightDecayFormula(const Recipe& recipe);

}  // namespace convolab
