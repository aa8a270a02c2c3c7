#include "app/image/image_popover.h"

#include <QScreen>
#include <QVBoxLayout>
#include <algorithm>

#include "app/image/image_bar.h"
#include "app/image/image_desk.h"

namespace convolab {

namespace {

constexpr int kWidth = 1000, kHeight = 300, kMargin = 6;

}  // namespace

ImagePopover::ImagePopover(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, QWidget* parent)
    : QFrame(parent, Qt::Popup) {
    setObjectName(QStringLiteral("imagePopover"));
    setProperty("role", "pop");
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("The image that the network looks at"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(1, 1, 1, 1);
    m_bar = new ImageBar(theme, document, session, desk);
    column->addWidget(m_bar);
}

void ImagePopover::showAbove(QWidget* anchor) {
    const QRect frame = anchor->window()->frameGeometry().intersected(anchor->screen()->availableGeometry());
    setFixedSize(std::min(kWidth, frame.width() - 2 * kMargin), kHeight);
    const QPoint corner = anchor->mapToGlobal(QPoint(0, 0));
    const int left = std::clamp(corner.x(), frame.left() + kMargin, frame.right() - kMargin - width());
    move(left, std::max(frame.top(), corner.y() - height() - kMargin));
    m_bar->setActive(true);
    show();
}

// The camera goes off with it.
void ImagePopover::hideEvent(QHideEvent* event) {
    m_bar->setActive(false);
    QFrame::hideEvent(event);
}

}  // namespace convolab
