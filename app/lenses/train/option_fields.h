#pragma once

#include <QObject>
#include <QString>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/train/optimizer.h"
#include "core/train/recipe.h"
#include "core/train/schedule.h"

class QLineEdit;
class QWidget;

namespace convolab {

class PanelSection;

/// Rows for the options of a registry (optimizers, schedules), one per stored key: each kind shows those that it has. Reads and
/// writes recipes; knows nothing of who keeps them.
class OptionFields : public QObject {
    Q_OBJECT

  public:
    /// Hands on an edit of the recipe that a person made.
    using Apply = std::function<void(const std::function<void(Recipe&)>&)>;
    OptionFields(PanelSection& section, Apply apply, QObject* parent = nullptr);

    /// Rows for the options of all kinds but the keys in `without`.
    void addOptimizers(const std::set<std::string>& without);
    void addSchedules(const std::set<std::string>& without);
    /// The recipe's values in the rows of the kind that is chosen; the other rows are hidden, and all are if `folded`.
    void show(const Recipe& recipe, bool folded);
    bool hasRows(const Recipe& recipe) const;

  private:
    using Values = std::vector<double>;  // a switch is 0 or 1
    struct Field {
        std::string key;
        QWidget* row = nullptr;
        std::function<void(const Recipe&)> show;
        std::function<bool(const Recipe&)> belongs;  ///< to the kind that is chosen
    };
    struct Access {
        std::function<Values(const Recipe&)> read;
        std::function<void(Recipe&, const Values&)> write;
    };
    template <class Item, class Spec>
    void addAll(const std::vector<const Item*>& items, Spec Recipe::*part, const std::set<std::string>& without);
    template <class Spec>
    static Access accessTo(const RecipeOption<Spec>& option, Spec Recipe::*part);
    template <class Spec>
    QWidget* makeField(const RecipeOption<Spec>& option, const Access& access, Field& field);

    PanelSection& m_section;
    Apply m_apply;
    std::vector<Field> m_fields;
};

/// "10+20.5" or "10, 20.5" as numbers; empty if something in it is none.
std::vector<double> numbersOf(const QString& text);
/// Turns the border red and says why in the tooltip; an empty reason takes both back.
void markInvalid(QLineEdit& field, const QString& reason);

}  // namespace convolab
