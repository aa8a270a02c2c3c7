#include "widgets/instruments/export_menu.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QSvgRenderer>

namespace convolab {
namespace {

QImage pictureOf(const std::string& svg) {
    constexpr int kScale = 2;
    QSvgRenderer renderer(QByteArray::fromStdString(svg));
    QImage image(renderer.defaultSize() * kScale, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    renderer.render(&painter);
    return image;
}

void copySvg(const std::string& svg) {
    // Drawing programs take the picture, editors the text.
    auto* data = new QMimeData;
    data->setData(QStringLiteral("image/svg+xml"), QByteArray::fromStdString(svg));
    data->setText(QString::fromStdString(svg));
    QGuiApplication::clipboard()->setMimeData(data);
}

}  // namespace

void addExportActions(QMenu& menu, const InstrumentExport& source, ThemeMode mode) {
    const auto text = [](const std::string& value) { QGuiApplication::clipboard()->setText(QString::fromStdString(value)); };
    menu.addAction(QObject::tr("Copy as text"), &menu, [source, text] { text(source.text()); })->setObjectName(QStringLiteral("copyText"));
    menu.addAction(QObject::tr("Copy as CSV"), &menu, [source, text] { text(source.csv()); })->setObjectName(QStringLiteral("copyCsv"));
    menu.addAction(QObject::tr("Copy as PNG"), &menu, [source, mode] { QGuiApplication::clipboard()->setImage(pictureOf(source.svg(mode))); })
        ->setObjectName(QStringLiteral("copyPng"));
    menu.addAction(QObject::tr("Copy as SVG"), &menu, [source, mode] { copySvg(source.svg(mode)); })->setObjectName(QStringLiteral("copySvg"));
}

}  // namespace convolab
