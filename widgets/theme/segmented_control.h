// A row of buttons of which one is chosen, for few short options: 1 | 2 | 4. Left and right move the choice.
#pragma once

#include <QStringList>
#include <QWidget>

class QButtonGroup;

namespace convolab {

class SegmentedControl : public QWidget {
    Q_OBJECT

public:
    explicit SegmentedControl(const QStringList& options, QWidget* parent = nullptr);

    int currentIndex() const;             // -1 while nothing is chosen
    void setCurrentIndex(int index);      // -1 clears the choice; does not emit
    int count() const;
    void setOptionToolTip(int index, const QString& text);

signals:
    void chosen(int index);               // by a person

private:
    QButtonGroup* m_group;
};

}  // namespace convolab
