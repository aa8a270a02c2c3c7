// Turns the tokens into a running application's look: Fusion, palette, generated style sheet, fonts and icons.
// One Theme is made in main() and handed to those who need it. UI thread only.
#pragma once

#include "widgets/theme/tokens.h"

#include <QColor>
#include <QFont>
#include <QIcon>
#include <QObject>
#include <QPalette>
#include <QPixmap>
#include <QPointer>
#include <QString>
#include <QStringList>

class QApplication;

namespace convolab {

// Sizes in logical pixels: axes and card details 10.5, captions 11, card names and plot titles 11.5 (600), body 12,
// body in 600, lens names 12.5, names 13, lesson titles 16, key numbers 19, heat cells 21, start page 26.
enum class FontRole { Axis, Caption, CardName, Body, BodyStrong, LensName, Name, LessonTitle, KeyNumber, HeatCell, StartPage };
inline constexpr int kFontRoles = 11;

double fontPixels(FontRole role);
QFont::Weight fontWeight(FontRole role);
QFont themeFont(FontRole role);  // Roboto, DejaVu Sans where it is missing; figures are tabular

// Files of the fonts that are in use; empty where not found. Found once, then remembered.
struct FontFiles {
    QString regular, medium, bold, fallback;
};
const FontFiles& fontFiles();

inline QColor toQColor(ThemeColor color) { return QColor(color.red, color.green, color.blue, color.alpha); }

// Icons are 16 px line drawings, drawn in one colour at any size. An unknown name gives a null icon.
QIcon themeIcon(const QString& name, ThemeColor color);
QPixmap iconPixmap(const QString& name, ThemeColor color, int size, double devicePixelRatio);
QStringList iconNames();
QString groupIconName(GroupColor group);  // "input", "convolution", ...

QPalette themePalette(const Tokens& tokens);
QString themeStyleSheet(const Tokens& tokens);

class Theme : public QObject {
    Q_OBJECT

public:
    explicit Theme(ThemeMode mode = ThemeMode::Dark, QObject* parent = nullptr);

    const Tokens& current() const { return tokens(m_mode); }
    ThemeMode mode() const { return m_mode; }
    void setMode(ThemeMode mode);  // restyles the application given to applyTo, then emits changed
    void applyTo(QApplication& application);

    QFont font(FontRole role) const { return themeFont(role); }
    QIcon icon(const QString& name) const { return themeIcon(name, current().text2); }
    QIcon icon(const QString& name, ThemeColor color) const { return themeIcon(name, color); }

signals:
    void changed();

private:
    void restyle();

    ThemeMode m_mode;
    QPointer<QApplication> m_application;
};

}  // namespace convolab
