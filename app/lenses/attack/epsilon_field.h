#pragma once

#include <QWidget>

#include "core/attack/attack.h"

class QLabel;
class QLineEdit;
class QSlider;

namespace convolab {

class Theme;

/// A budget: slider, a field that takes 0.1 as well as 8/255, and beside it the other form. What is typed is checked at
/// once; a wrong value turns the border red, says why in the tooltip, and is not handed on.
class EpsilonField : public QWidget {
    Q_OBJECT

  public:
    explicit EpsilonField(const Theme& theme, const QString& name, QWidget* parent = nullptr);

    void setLimit(AttackNorm norm, double largest);  ///< of the slider; more may be typed
    void setValue(double epsilon);                   ///< does not emit
    double value() const { return m_value; }
    QSlider* slider() { return m_slider; }
    QLineEdit* field() { return m_field; }

  signals:
    void valueEdited(double epsilon);

  private:
    void parse(const QString& text);
    void showText();
    void showSlider();

    AttackNorm m_norm = AttackNorm::Linf;
    double m_largest = 0.3, m_value = 0.1;
    QSlider* m_slider = nullptr;
    QLineEdit* m_field = nullptr;
    QLabel* m_levels = nullptr;
};

/// The border and the tooltip of a field that holds something wrong; an empty sentence clears them.
void showFieldProblem(QLineEdit& field, const QString& sentence);

}  // namespace convolab
