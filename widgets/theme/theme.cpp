#include "widgets/theme/theme.h"

#include <QApplication>
#include <QStyleFactory>
#include <QToolTip>

namespace convolab {

QPalette themePalette(const Tokens& colors) {
    QPalette palette;
    const auto set = [&palette](QPalette::ColorRole role, ThemeColor color) { palette.setColor(role, toQColor(color)); };
    set(QPalette::Window, colors.bg1);
    set(QPalette::Base, colors.field);
    set(QPalette::AlternateBase, colors.bg3);
    set(QPalette::Button, colors.bg3);
    set(QPalette::Text, colors.text1);
    set(QPalette::WindowText, colors.text1);
    set(QPalette::ButtonText, colors.text1);
    set(QPalette::BrightText, colors.error);
    set(QPalette::PlaceholderText, colors.text3);
    set(QPalette::Highlight, colors.bg4);
    set(QPalette::HighlightedText, colors.text1);
    set(QPalette::Link, colors.accent);
    set(QPalette::LinkVisited, colors.accent);
    set(QPalette::Light, colors.bg4);
    set(QPalette::Midlight, colors.bg3);
    set(QPalette::Mid, colors.line);
    set(QPalette::Dark, colors.line2);
    set(QPalette::Shadow, mixColors(colors.bg0, hexColor(0), 0.5));
    set(QPalette::ToolTipBase, colors.pop);
    set(QPalette::ToolTipText, colors.text1);
    const ThemeColor faded = mixColors(colors.bg1, colors.text1, 0.35);
    for (const QPalette::ColorRole role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, toQColor(faded));
    return palette;
}

Theme::Theme(ThemeMode mode, QObject* parent) : QObject(parent), m_mode(mode) {}

void Theme::setMode(ThemeMode mode) {
    if (mode == m_mode)
        return;
    m_mode = mode;
    restyle();
    emit changed();
}

void Theme::applyTo(QApplication& application) {
    m_application = &application;
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    restyle();
}

void Theme::restyle() {
    if (!m_application)
        return;
    QApplication::setFont(font(FontRole::Body));
    QApplication::setPalette(themePalette(current()));
    QToolTip::setPalette(themePalette(current()));
    m_application->setStyleSheet(themeStyleSheet(current()));
}

}  // namespace convolab
