#include "app/window/start_card.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/util/random.h"
#include "datasets/catalogue.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr double kArtHeight = 148;
constexpr int kTileColumns = 8;
constexpr int kTileRows = 4;
constexpr int kTilePixels = 28;
constexpr int kTilePitch = 30;

/// The first images of the built-in digits, as one picture.
QImage digitSheet() {
    DatasetRequest request;
    request.name = "digits";
    request.sizes = GeneratedSizes{.train = kTileColumns * kTileRows, .validation = 1, .test = 1};
    const auto digits = openDataset(request);
    QImage sheet(kTileColumns * kTilePitch, kTileRows * kTilePitch, QImage::Format_Grayscale8);
    sheet.fill(0);
    if (!digits.ok()) return sheet;
    std::vector<float> pixels(kTilePixels * kTilePixels);
    const auto count = std::min<std::int64_t>((*digits)->size(Split::Train), kTileColumns * kTileRows);
    for (std::int64_t i = 0; i < count; ++i) {
        (*digits)->image(Split::Train, i, pixels);
        const int left = static_cast<int>(i) % kTileColumns * kTilePitch + 1;
        const int top = static_cast<int>(i) / kTileColumns * kTilePitch + 1;
        for (int y = 0; y < kTilePixels; ++y) {
            for (int x = 0; x < kTilePixels; ++x) {
                sheet.scanLine(top + y)[left + x] = static_cast<uchar>(pixels[static_cast<std::size_t>(y * kTilePixels + x)] * 255.0F + 0.5F);
            }
        }
    }
    return sheet;
}

}  // namespace

StartCard::StartCard(Theme& theme, StartArt art, const QString& title, const QString& text, const QString& footer, const QString& key,
                     QWidget* parent)
    : QAbstractButton(parent), m_theme(theme), m_art(art), m_text(text), m_footer(footer), m_key(key) {
    setText(title);
    setAccessibleName(title);
    setAccessibleDescription(text);
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    if (showsDigits()) {
        static const QImage sheet = digitSheet();  // two cards show it
        m_digits = sheet;
    }
    connect(&m_theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void StartCard::paintEvent(QPaintEvent*) {
    const Tokens& colors = m_theme.current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF frame = QRectF(rect()).adjusted(1, 1, -1, -1);
    QPainterPath shape;
    shape.addRoundedRect(frame, metrics::kCardRadius, metrics::kCardRadius);
    painter.fillPath(shape, toQColor(underMouse() ? colors.bg4 : colors.bg3));
    painter.save();
    painter.setClipPath(shape);
    const QRectF art(frame.left(), frame.top(), frame.width(), kArtHeight);
    painter.fillRect(art, m_art == StartArt::Digits ? QColor(Qt::black) : toQColor(colors.bg2));
    paintArt(painter, art);
    painter.restore();
    const bool marked = hasFocus() || isDown();
    painter.setPen(QPen(toQColor(marked ? colors.accent : colors.cardLine), marked ? 2 : 1));
    painter.drawPath(shape);

    const QRectF body = frame.adjusted(16, kArtHeight + 12, -16, -12);
    painter.setFont(m_theme.font(FontRole::Name));
    painter.setPen(toQColor(colors.text1));
    painter.drawText(body, Qt::AlignTop | Qt::AlignLeft, text());
    painter.setFont(m_theme.font(FontRole::Body));
    painter.setPen(toQColor(colors.text2));
    painter.drawText(body.adjusted(0, 22, 0, -20), Qt::AlignTop | Qt::AlignLeft | Qt::TextWordWrap, m_text);
    painter.setFont(m_theme.font(FontRole::Caption));
    painter.setPen(toQColor(colors.text3));
    painter.drawText(body, Qt::AlignBottom | Qt::AlignLeft, m_footer);
    const QRectF key(body.right() - 22, body.bottom() - 18, 22, 18);
    painter.setPen(QPen(toQColor(colors.line2), 1));
    painter.drawRoundedRect(key, 4, 4);
    painter.setPen(toQColor(colors.text2));
    painter.drawText(key, Qt::AlignCenter, m_key);
}

void StartCard::paintArt(QPainter& painter, const QRectF& area) const {
    switch (m_art) {
        case StartArt::Digits: paintDigits(painter, area); break;
        case StartArt::Compress: paintCompress(painter, area); break;
        case StartArt::Attack: paintAttack(painter, area); break;
        case StartArt::Network: paintNetwork(painter, area); break;
        case StartArt::File: paintFile(painter, area); break;
    }
}

void StartCard::paintDigits(QPainter& painter, const QRectF& area) const {
    const double scale = std::min(1.1, (area.height() - 16) / m_digits.height());
    const QSizeF size(m_digits.width() * scale, m_digits.height() * scale);
    QRectF target(QPointF(0, 0), size);
    target.moveCenter(area.center());
    painter.drawImage(target, m_digits);
}

/// The idea, not a result: a bell of weights whose small ones are cut away.
void StartCard::paintCompress(QPainter& painter, const QRectF& area) const {
    constexpr int kBars = 33;
    constexpr double kCut = 0.42;  // of the half width
    const Tokens& colors = m_theme.current();
    const double width = std::min(170.0, area.width() - 32), height = 84;
    const QRectF box(area.center().x() - width / 2, area.center().y() - height / 2, width, height);
    const double pitch = box.width() / kBars;
    for (int i = 0; i < kBars; ++i) {
        const double x = 2.0 * (i + 0.5) / kBars - 1.0;
        const double tall = height * (0.08 + 0.92 * std::exp(-5.0 * x * x));
        const QRectF bar(box.left() + pitch * i, box.bottom() - tall, pitch - 1, tall);
        const bool pruned = std::abs(x) < kCut;
        painter.fillRect(bar, toQColor(pruned ? colors.bg4 : divergingColor(x < 0 ? -0.55 : 0.55)));
        if (pruned) painter.fillRect(bar, QBrush(toQColor(colors.text3), Qt::BDiagPattern));
    }
    painter.setPen(QPen(toQColor(colors.text1), 1.5));
    for (const double side : {-kCut, kCut}) {
        const double x = box.center().x() + side * box.width() / 2;
        painter.drawLine(QPointF(x, box.top() - 4), QPointF(x, box.bottom() + 2));
        painter.setBrush(toQColor(colors.text1));
        painter.drawRoundedRect(QRectF(x - 4, box.bottom() - 4, 8, 10), 3, 3);
    }
    painter.setBrush(Qt::NoBrush);
}

/// The idea, not a result: a digit plus a pattern of signs gives another picture of the same digit.
void StartCard::paintAttack(QPainter& painter, const QRectF& area) const {
    constexpr int kShown = 3;  // which digit of the sheet
    constexpr double kShare = 0.14;
    const QImage clean = m_digits.copy(kShown * kTilePitch + 1, 1, kTilePixels, kTilePixels);
    QImage pattern(kTilePixels, kTilePixels, QImage::Format_RGB32);
    QImage sum(kTilePixels, kTilePixels, QImage::Format_Grayscale8);
    RandomSequence random(kShown, RandomStreamId::Data);
    for (int y = 0; y < kTilePixels; ++y) {
        for (int x = 0; x < kTilePixels; ++x) {
            const double sign = random.below(2) == 0 ? -1.0 : 1.0;
            const int value = clean.constScanLine(y)[x] + static_cast<int>(sign * kShare * 255.0);
            pattern.setPixelColor(x, y, toQColor(divergingColor(sign * 0.7)));
            sum.scanLine(y)[x] = static_cast<uchar>(std::clamp(value, 0, 255));
        }
    }
    const double side = std::min(64.0, (area.width() - 92) / 3);
    const double gap = 22;
    double left = area.center().x() - (3 * side + 2 * gap) / 2;
    painter.setFont(m_theme.font(FontRole::LessonTitle));
    painter.setPen(toQColor(m_theme.current().text2));
    const QImage* pictures[] = {&clean, &pattern, &sum};
    const char* signs[] = {"+", "="};
    for (int i = 0; i < 3; ++i) {
        const QRectF target(left, area.center().y() - side / 2, side, side);
        painter.drawImage(target, *pictures[i]);
        if (i < 2) painter.drawText(QRectF(target.right(), target.top(), gap, side), Qt::AlignCenter, QString::fromLatin1(signs[i]));
        left += side + gap;
    }
}

void StartCard::paintNetwork(QPainter& painter, const QRectF& area) const {
    const Tokens& colors = m_theme.current();
    const double step = 62;
    const QPointF centre = area.center();
    painter.setPen(QPen(toQColor(colors.edge), 1.75));
    painter.drawLine(centre + QPointF(-step, 0), centre + QPointF(step, 0));
    const GroupColor groups[] = {GroupColor::Input, GroupColor::Convolution, GroupColor::Output};
    for (int i = 0; i < 3; ++i) {
        const QRectF box(centre.x() + (i - 1) * step - 19, centre.y() - 22, 38, 44);
        const bool dashed = i == 1;
        QPen border(toQColor(dashed ? colors.accent : colors.cardLine), 1.25);
        if (dashed) border.setStyle(Qt::DashLine);
        painter.setPen(border);
        painter.setBrush(toQColor(colors.bg3));
        painter.drawRoundedRect(box, 5, 5);
        painter.fillRect(QRectF(box.left() + 3, box.top() + 1, box.width() - 6, 3), toQColor(colors.group(groups[i])));
        const QPixmap icon = iconPixmap(groupIconName(groups[i]), colors.group(groups[i]), 16, devicePixelRatioF());
        painter.drawPixmap(QPointF(box.center().x() - 8, box.center().y() - 6), icon);
    }
    painter.setBrush(Qt::NoBrush);
}

void StartCard::paintFile(QPainter& painter, const QRectF& area) const {
    const Tokens& colors = m_theme.current();
    const QPixmap icon = iconPixmap(QStringLiteral("folder"), colors.text2, 48, devicePixelRatioF());
    painter.drawPixmap(area.center() - QPointF(24, 24), icon);
}

}  // namespace convolab
