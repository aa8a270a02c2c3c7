#include "app/window/diagnostics_popup.h"

#include <QVBoxLayout>
#include <algorithm>

#include "widgets/canvas/canvas_view.h"
#include "widgets/diagnostics/diagnostics_list.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kWidth = 440;
constexpr int kRowHeight = 124;  // a problem with its sentence and one button
constexpr int kMostRows = 4;
constexpr int kEmptyHeight = 40;

}  // namespace

DiagnosticsPopup::DiagnosticsPopup(SpecEditor& editor, Theme& theme, CanvasView& canvas, QWidget* parent)
    : QFrame(parent, Qt::Popup) {
    setObjectName(QStringLiteral("diagnosticsPopup"));
    setProperty("role", "pop");
    setAttribute(Qt::WA_DeleteOnClose);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 8, 4, 8);
    auto* list = new DiagnosticsList(editor, theme, this);
    list->setStyleSheet(QStringLiteral("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }"));
    column->addWidget(list);
    connect(list, &DiagnosticsList::nodeChosen, this, [this, &canvas](NodeId node) {
        canvas.select(node, true);
        close();
    });
    connect(list, &DiagnosticsList::fixChosen, this, [&canvas](const Fix& fix) { canvas.applyFix(fix); });
    connect(list, &DiagnosticsList::fixLookedAt, this, [&canvas](const Fix& fix) { canvas.previewFix(fix); });
    connect(list, &DiagnosticsList::fixLeft, this, [&canvas] { canvas.clearPreview(); });
    connect(this, &QObject::destroyed, &canvas, [&canvas] { canvas.clearPreview(); });
    const int rows = std::min(list->count(), kMostRows);
    setFixedSize(kWidth, rows > 0 ? rows * kRowHeight + 16 : kEmptyHeight);
}

void DiagnosticsPopup::showAbove(QWidget* anchor) {
    move(anchor->mapToGlobal(QPoint(0, -height() - 6)));
    show();
}

}  // namespace convolab
