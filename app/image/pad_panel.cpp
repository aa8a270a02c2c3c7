#include "app/image/pad_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "app/image/current_image.h"
#include "widgets/pad/drawing_pad.h"
#include "widgets/pictures/pixel_picture.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kTools = 40;  // width of the column right of the pad
constexpr int kSeen = 36;
constexpr int kPenSteps = 100;
constexpr int kRoomForWords = 230, kRoomForSeen = 190;  // heights of the panel

Picture toPicture(const QImage& drawing) {
    Picture picture{.width = drawing.width(), .height = drawing.height(), .channels = 1, .bits = 8, .animated = false, .values = {}};
    picture.values.reserve(static_cast<std::size_t>(drawing.width()) * static_cast<std::size_t>(drawing.height()));
    for (int y = 0; y < drawing.height(); ++y) {
        const uchar* line = drawing.constScanLine(y);
        std::transform(line, line + drawing.width(), std::back_inserter(picture.values), [](uchar value) { return static_cast<std::uint16_t>(value * 257); });
    }
    return picture;
}

}  // namespace

PadPanel::PadPanel(Theme& theme, CurrentImage& image, QWidget* parent) : QWidget(parent), m_theme(theme), m_image(image) {
    setObjectName(QStringLiteral("padPanel"));
    m_title = new QLabel(this);
    m_title->setFont(theme.font(FontRole::BodyStrong));
    auto* width = new QSlider(Qt::Horizontal);
    width->setObjectName(QStringLiteral("penWidth"));
    width->setRange(0, kPenSteps);
    width->setFixedWidth(64);
    width->setAccessibleName(tr("Pen thickness"));
    width->setToolTip(tr("Pen thickness"));
    m_pad = new DrawingPad(theme);
    m_pad->setObjectName(QStringLiteral("drawingPad"));
    const double range = DrawingPad::kThickest - DrawingPad::kThinnest;
    width->setValue(static_cast<int>((m_pad->penWidth() - DrawingPad::kThinnest) / range * kPenSteps));
    connect(width, &QSlider::valueChanged, m_pad, [this, range](int value) { m_pad->setPenWidth(DrawingPad::kThinnest + range * value / kPenSteps); });
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(metrics::kPanelPadding, 6, metrics::kPanelPadding, 8);
    column->setSpacing(4);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(0, 0, 0, 0);
    head->addWidget(m_title, 1);
    head->addWidget(width);
    column->addLayout(head);
    auto* body = new QHBoxLayout;
    body->setContentsMargins(0, 0, 0, 0);
    body->setSpacing(6);
    body->addWidget(m_pad, 1);
    auto* tools = new QVBoxLayout;
    tools->setContentsMargins(0, 0, 0, 0);
    tools->setSpacing(0);
    body->addLayout(tools);
    column->addLayout(body, 1);
    m_pen = addTool("padPen", "pen", tr("Pen"));
    m_eraser = addTool("padEraser", "eraser", tr("Eraser (E)"));
    m_undo = addTool("padUndo", "undo", tr("Take back the last stroke (Ctrl+Z)"));
    m_clear = addTool("padClear", "close", tr("Clear the pad (Delete)"));
    for (QToolButton* tool : {m_pen, m_eraser, m_undo, m_clear}) tools->addWidget(tool, 0, Qt::AlignHCenter);
    m_pen->setCheckable(true);
    m_eraser->setCheckable(true);
    tools->addStretch(1);
    m_seen = new QLabel;
    m_seen->setObjectName(QStringLiteral("seenByNetwork"));
    m_seen->setFixedSize(kTools, kSeen + 2);
    m_seen->setAlignment(Qt::AlignCenter);
    m_seen->setAccessibleName(tr("What the network sees"));
    m_seenLabel = new QLabel(tr("what the\nnet sees"));
    m_seenLabel->setFont(theme.font(FontRole::Axis));
    m_seenLabel->setProperty("role", "muted");
    m_seenLabel->setAlignment(Qt::AlignCenter);
    tools->addWidget(m_seen, 0, Qt::AlignHCenter);
    tools->addWidget(m_seenLabel, 0, Qt::AlignHCenter);
    connect(m_pen, &QToolButton::clicked, m_pad, [this] { m_pad->setTool(DrawingPad::Tool::Pen); refresh(); });
    connect(m_eraser, &QToolButton::clicked, m_pad, [this] { m_pad->setTool(DrawingPad::Tool::Eraser); refresh(); });
    connect(m_undo, &QToolButton::clicked, m_pad, &DrawingPad::undo);
    connect(m_clear, &QToolButton::clicked, m_pad, &DrawingPad::clear);
    connect(m_pad, &DrawingPad::strokeChanged, this, &PadPanel::handOver);
    connect(m_pad, &DrawingPad::toolChanged, this, &PadPanel::refresh);
    connect(m_pad, &DrawingPad::undoChanged, this, &PadPanel::refresh);
    connect(&image, &CurrentImage::changed, this, &PadPanel::refresh);
    connect(&theme, &Theme::changed, this, &PadPanel::refreshIcons);
    refreshIcons();
    refresh();
}

QToolButton* PadPanel::addTool(const char* name, const char* icon, const QString& tip) {
    auto* tool = new QToolButton;
    tool->setObjectName(QLatin1String(name));
    tool->setProperty("role", "icon");
    tool->setProperty("icon", QLatin1String(icon));
    tool->setToolTip(tip);
    tool->setAccessibleName(tip);
    return tool;
}

void PadPanel::refreshIcons() {
    const std::pair<QToolButton*, const char*> icons[] = {{m_pen, "pen"}, {m_eraser, "eraser"}, {m_undo, "undo"}, {m_clear, "close"}};
    for (const auto& [tool, icon] : icons) tool->setIcon(m_theme.icon(QLatin1String(icon)));
}

void PadPanel::handOver() {
    m_image.showDrawing(toPicture(m_pad->drawing()));
    refresh();
}

void PadPanel::resizeEvent(QResizeEvent*) {
    m_seenLabel->setVisible(height() >= kRoomForWords);
    m_seen->setVisible(height() >= kRoomForSeen);
}

void PadPanel::refresh() {
    const bool live = m_image.source() == ImageSource::Pad;
    m_title->setText(m_image.isDigits() ? tr("Draw a digit") : tr("Draw"));
    m_pad->setHint(m_image.isDigits() ? tr("draw a digit") : tr("draw here"));
    m_pad->setLive(live);
    m_pen->setChecked(m_pad->tool() == DrawingPad::Tool::Pen);
    m_eraser->setChecked(m_pad->tool() == DrawingPad::Tool::Eraser);
    m_undo->setEnabled(m_pad->canUndo());
    m_clear->setEnabled(!m_pad->isBlank());
    if (!live || !m_image.image()) {
        m_seen->clear();
        return;
    }
    const double scale = devicePixelRatioF();
    QPixmap seen(QSize(kSeen, kSeen) * scale);
    seen.setDevicePixelRatio(scale);
    seen.fill(Qt::black);
    QPainter painter(&seen);
    drawPixels(painter, pixelPicture({m_image.image()->data(), m_image.pictureShape()}), QRectF(0, 0, kSeen, kSeen));
    m_seen->setPixmap(seen);
}

}  // namespace convolab
