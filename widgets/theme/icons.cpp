#include "widgets/theme/theme.h"

#include <QDir>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

static void initIconResource() { Q_INIT_RESOURCE(convolab_icons); }

namespace convolab {
namespace {

const QString kFolder = QStringLiteral(":/convolab/icons/");

QByteArray iconText(const QString& name) {
    static const bool kReady = (initIconResource(), true);
    Q_UNUSED(kReady);
    QFile file(kFolder + name + QStringLiteral(".svg"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

QByteArray tinted(QByteArray text, ThemeColor color) { return text.replace("#000", hexText(color).c_str()); }

// Draws the SVG at whatever size and pixel ratio is asked for, so that icons stay crisp on every screen.
class TintedIconEngine : public QIconEngine {
public:
    TintedIconEngine(QByteArray svg, ThemeColor color) : m_svg(std::move(svg)), m_color(color) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        QSvgRenderer renderer(tinted(m_svg, m_color));
        const int side = std::min(rect.width(), rect.height());
        QRectF square(0, 0, side, side);
        square.moveCenter(QRectF(rect).center());
        painter->save();
        if (mode == QIcon::Disabled)
            painter->setOpacity(painter->opacity() * 0.35);
        painter->setRenderHint(QPainter::Antialiasing);
        renderer.render(painter, square);
        painter->restore();
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap result(size);
        result.fill(Qt::transparent);
        QPainter painter(&result);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return result;
    }

    QIconEngine* clone() const override { return new TintedIconEngine(*this); }

private:
    QByteArray m_svg;
    ThemeColor m_color;
};

}  // namespace

QStringList iconNames() {
    initIconResource();
    QStringList names;
    for (const QString& file : QDir(kFolder).entryList({QStringLiteral("*.svg")}, QDir::Files, QDir::Name))
        names << file.chopped(4);
    return names;
}

QIcon themeIcon(const QString& name, ThemeColor color) {
    const QByteArray svg = iconText(name);
    return svg.isEmpty() ? QIcon() : QIcon(new TintedIconEngine(svg, color));
}

QPixmap iconPixmap(const QString& name, ThemeColor color, int size, double devicePixelRatio) {
    const QString key = QStringLiteral("convolab/%1/%2/%3/%4").arg(name).arg(hexText(color).c_str()).arg(size).arg(devicePixelRatio);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap))
        return pixmap;
    const QByteArray svg = iconText(name);
    if (svg.isEmpty())
        return {};
    const int pixels = qRound(size * devicePixelRatio);
    pixmap = TintedIconEngine(svg, color).pixmap({pixels, pixels}, QIcon::Normal, QIcon::Off);
    pixmap.setDevicePixelRatio(devicePixelRatio);
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

QString groupIconName(GroupColor group) {
    switch (group) {
    case GroupColor::Input: return QStringLiteral("input");
    case GroupColor::Convolution: return QStringLiteral("convolution");
    case GroupColor::Pooling: return QStringLiteral("pooling");
    case GroupColor::Dense: return QStringLiteral("dense");
    case GroupColor::Activation: return QStringLiteral("activation");
    case GroupColor::Normalise: return QStringLiteral("normalise");
    case GroupColor::Shape: return QStringLiteral("shape");
    case GroupColor::Merge: return QStringLiteral("merge");
    case GroupColor::Recurrent: return QStringLiteral("recurrent");
    case GroupColor::Output: return QStringLiteral("output");
    }
    return {};
}

}  // namespace convolab
