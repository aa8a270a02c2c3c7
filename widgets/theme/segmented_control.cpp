#include "widgets/theme/segmented_control.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPushButton>

namespace convolab {

SegmentedControl::SegmentedControl(const QStringList& options, QWidget* parent) : QWidget(parent), m_group(new QButtonGroup(this)) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    for (int i = 0; i < options.size(); ++i) {
        auto* button = new QPushButton(options[i]);
        button->setCheckable(true);
        button->setProperty("role", "segment");
        if (options.size() > 1 && (i == 0 || i + 1 == options.size()))
            button->setProperty("segment", i == 0 ? "first" : "last");
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        button->setObjectName(QStringLiteral("segment%1").arg(i));
        m_group->addButton(button, i);
        layout->addWidget(button);
    }
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(m_group, &QButtonGroup::idClicked, this, &SegmentedControl::chosen);
}

int SegmentedControl::currentIndex() const { return m_group->checkedId(); }

void SegmentedControl::setCurrentIndex(int index) {
    if (QAbstractButton* button = m_group->button(index)) {
        button->setChecked(true);
        return;
    }
    // An exclusive group refuses to have nothing checked.
    m_group->setExclusive(false);
    for (QAbstractButton* button : m_group->buttons())
        button->setChecked(false);
    m_group->setExclusive(true);
}

int SegmentedControl::count() const { return static_cast<int>(m_group->buttons().size()); }

void SegmentedControl::setOptionToolTip(int index, const QString& text) {
    if (QAbstractButton* button = m_group->button(index))
        button->setToolTip(text);
}

}  // namespace convolab
