#include "widgets/theme/theme.h"

#include <QHash>

namespace convolab {
namespace {

constexpr const char* kControls = R"(
* { outline: none; }
QToolTip { background: @pop; color: @text1; border: 1px solid @line2; padding: 4px 7px; }
QLabel { background: transparent; }
QLabel:disabled { color: @faded; }
QLabel[role="caption"] { color: @text2; }
QLabel[role="muted"] { color: @text3; }
QLabel[role="error"] { color: @error; }
QLabel[role="warning"] { color: @warning; }
QLabel[role="ok"] { color: @ok; }
QLabel[badge="warning"] { color: @warning; background: @warningBack; border-radius: 4px; padding: 2px 6px; }
QLabel[badge="ok"] { color: @ok; background: @okBack; border-radius: 4px; padding: 2px 6px; }
QFrame[role="panel"], QWidget[role="panel"] { background: @bg1; border: none; }
QFrame[role="bar"], QWidget[role="bar"] { background: @bg1; border: none; border-bottom: 1px solid @line; }
QFrame[role="header"], QWidget[role="header"] { background: @bg1; border: none; border-bottom: 1px solid @line; min-height: 31px; max-height: 31px; }
QFrame[role="separator"] { background: @line; border: none; max-height: 1px; min-height: 1px; }
QFrame[role="verticalSeparator"] { background: @line; border: none; max-width: 1px; min-width: 1px; }
QFrame[role="pop"] { background: @pop; border: 1px solid @line2; border-radius: 6px; }

QPushButton, QToolButton { background: @bg3; color: @text1; border: 1px solid @line2; border-radius: 5px; padding: 0 10px; min-height: 24px; }
QToolButton { padding: 0 6px; }
QPushButton:hover, QToolButton:hover { background: @bg4; }
QPushButton:pressed, QToolButton:pressed, QPushButton:checked, QToolButton:checked { background: @pressed; }
QPushButton:focus, QToolButton:focus { border-color: @accent; }
QPushButton:disabled, QToolButton:disabled { color: @faded; border-color: @line; background: @bg1; }
QPushButton[role="primary"], QToolButton[role="primary"] { background: @accent; color: @onAccent; border-color: @accent; font-weight: 500; }
QPushButton[role="primary"]:hover, QToolButton[role="primary"]:hover { background: @accentHover; border-color: @accentHover; }
QPushButton[role="primary"]:pressed, QToolButton[role="primary"]:pressed { background: @accentPressed; }
QPushButton[role="primary"]:focus { border: 1px solid @text1; }
QPushButton[role="primary"]:disabled { background: @bg4; color: @faded; border-color: @bg4; }
QPushButton[role="danger"] { color: @error; }
QPushButton[role="flat"], QToolButton[role="flat"], QToolButton[role="icon"], QPushButton[role="icon"] { background: transparent; border-color: transparent; }
QToolButton[role="icon"], QPushButton[role="icon"] { padding: 0; min-width: 26px; max-width: 26px; min-height: 26px; max-height: 26px; }
QPushButton[role="flat"]:hover, QToolButton[role="flat"]:hover, QToolButton[role="icon"]:hover, QPushButton[role="icon"]:hover { background: @bg4; }
QToolButton[role="icon"]:checked { background: @bg4; }
QToolButton[role="icon"]::menu-indicator { image: none; width: 0; height: 0; }
QToolButton[role="liveIcon"] { padding: 0; min-width: 26px; max-width: 26px; min-height: 26px; max-height: 26px; background: @accent; border-color: @accent; }
QToolButton[role="liveIcon"]:hover { background: @accentHover; border-color: @accentHover; }
QToolButton[role="liveIcon"]:focus { border-color: @text1; }
QPushButton[role="flat"]:focus, QToolButton[role="flat"]:focus, QToolButton[role="icon"]:focus, QPushButton[role="icon"]:focus { border-color: @accent; }
QToolButton[role="tool"] { background: @bg3; border: 1px solid @line; color: @text2; padding: 5px 0 4px 0; min-height: 34px; }
QToolButton[role="tool"]:hover { background: @bg4; }
QToolButton[role="tool"]:checked { background: @bg3; border-color: @accent; color: @text1; }
QToolButton[role="tool"]:focus { background: @bg4; border-color: @accent; }
QPushButton[role="small"], QToolButton[role="small"] { min-height: 20px; padding: 0 8px; }
QToolButton[role="small"] { padding-right: 20px; }
QPushButton[live="true"], QToolButton[live="true"] { border-color: @accent; }
QPushButton[role="link"] { background: transparent; border: 1px solid transparent; border-radius: 3px; color: @accent; padding: 0; min-height: 16px; text-align: left; }
QPushButton[role="link"]:focus { border-color: @accent; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton::menu-indicator, QToolButton::menu-indicator { image: url(@arrowDown); width: 12px; height: 12px; subcontrol-position: right center; right: 6px; }

QPushButton[role="segment"], QToolButton[role="segment"] { background: @field; color: @text2; border: 1px solid @line2; border-radius: 0; padding: 0 8px; min-height: 22px; max-height: 22px; margin-left: -1px; }
QPushButton[role="segment"]:hover, QToolButton[role="segment"]:hover { background: @bg3; color: @text1; }
QPushButton[role="segment"]:checked, QToolButton[role="segment"]:checked { background: @bg4; color: @text1; font-weight: 500; }
QPushButton[role="segment"]:focus, QToolButton[role="segment"]:focus { border: 1px solid @accent; }
QPushButton[role="segment"][segment="first"], QToolButton[role="segment"][segment="first"] { border-top-left-radius: 4px; border-bottom-left-radius: 4px; margin-left: 0; }
QPushButton[role="segment"][segment="last"], QToolButton[role="segment"][segment="last"] { border-top-right-radius: 4px; border-bottom-right-radius: 4px; }
QWidget[density="compact"] > QPushButton[role="segment"] { padding: 0 4px; }
QPushButton[role="lens"], QToolButton[role="lens"] { background: transparent; border: none; border-radius: 0; color: @text2; border-bottom: 2px solid transparent; padding: 0 12px; min-height: 40px; }
QPushButton[role="lens"]:hover, QToolButton[role="lens"]:hover { color: @text1; }
QPushButton[role="lens"]:checked, QToolButton[role="lens"]:checked { color: @text1; border-bottom-color: @text1; background: transparent; }
QPushButton[role="lens"]:focus, QToolButton[role="lens"]:focus { border-bottom-color: @accent; }

QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit { background: @field; color: @text1; border: 1px solid @line2; border-radius: 4px; selection-background-color: @selection; selection-color: @text1; }
QLineEdit, QAbstractSpinBox, QComboBox { min-height: 22px; max-height: 22px; padding: 0 7px; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: @text3; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: @accent; }
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"] { border-color: @error; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: @faded; border-color: @line; }
QLineEdit[readOnly="true"] { color: @text2; background: transparent; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url(@arrowDown); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: @pop; border: 1px solid @line2; padding: 3px; selection-background-color: @bg4; selection-color: @text1; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { background: transparent; border: none; width: 16px; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: @bg4; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right; margin: 1px 1px 0 0; }
QAbstractSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right; margin: 0 1px 1px 0; }
QAbstractSpinBox::up-arrow { image: url(@arrowUp); width: 9px; height: 9px; }
QAbstractSpinBox::down-arrow { image: url(@arrowDown); width: 9px; height: 9px; }
)";

constexpr const char* kViews = R"(
QCheckBox { spacing: 8px; background: transparent; }
QCheckBox:disabled { color: @faded; }
QCheckBox::indicator { width: 28px; height: 16px; image: url(@switchOff); }
QCheckBox::indicator:checked { image: url(@switchOn); }
QCheckBox:focus { border: 1px solid @accent; border-radius: 4px; }

QSlider { background: transparent; min-height: 18px; }
QSlider::groove:horizontal { height: 4px; background: @bg4; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @text3; border-radius: 2px; }
QSlider::sub-page:horizontal:focus, QSlider[live="true"]::sub-page:horizontal { background: @accent; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; background: @text1; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: @accent; }
QSlider::handle:horizontal:disabled { background: @faded; }

QProgressBar { background: @bg4; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; color: transparent; }
QProgressBar::chunk { background: @accent; border-radius: 2px; }

QMenuBar { background: @bg1; }
QMenu { background: @pop; border: 1px solid @line2; padding: 4px; }
QMenu::item { padding: 5px 26px 5px 12px; border-radius: 4px; color: @text1; background: transparent; }
QMenu::icon { padding-left: 8px; }
QMenu::item:selected { background: @bg4; }
QMenu::item:disabled { color: @faded; }
QMenu::separator { height: 1px; background: @line2; margin: 4px 8px; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @line2; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: @text3; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea { background: @bg1; border: none; }
QAbstractScrollArea::corner { background: transparent; }

QAbstractItemView { background: @bg1; alternate-background-color: @bg1; border: none; color: @text1; gridline-color: @line; selection-background-color: @bg4; selection-color: @text1; }
QListView::item, QTreeView::item { min-height: 26px; padding: 0 6px; border: none; }
QTableView::item { padding: 0 8px; border: none; }
QTableView[density="compact"]::item { padding: 0 3px; }
QAbstractItemView::item:hover { background: @bg3; }
QAbstractItemView::item:selected { background: @bg4; color: @text1; }
QHeaderView { background: @bg1; border: none; }
QHeaderView::section { background: @bg1; color: @text3; border: none; border-bottom: 1px solid @line; padding: 3px 8px; }
QTableView[density="compact"] QHeaderView::section { padding: 3px; }

QSplitter::handle { background: @line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: @accent; }
QTabWidget::pane { border: none; }
QTabBar::tab { background: transparent; color: @text2; padding: 6px 12px; border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: @text1; }
QTabBar::tab:selected { color: @text1; border-bottom-color: @text1; }
QStatusBar { background: @bg1; border-top: 1px solid @line; color: @text2; }
QStatusBar::item { border: none; }
QGroupBox { border: none; border-top: 1px solid @line; margin-top: 8px; padding-top: 18px; font-weight: 500; }
QGroupBox::title { subcontrol-origin: padding; subcontrol-position: top left; padding: 2px 0; color: @text1; }
)";

QHash<QString, QString> substitutions(const Tokens& colors) {
    const bool light = colors.mode == ThemeMode::Light;
    const auto hex = [](ThemeColor color) { return QString::fromStdString(hexText(color)); };
    const auto file = [light](const char* name) {
        return QStringLiteral(":/convolab/icons/%1%2.svg").arg(QLatin1String(name), light ? QStringLiteral("-light") : QString());
    };
    const ThemeColor black = hexColor(0), white = hexColor(0xFFFFFF);
    return {{"bg0", hex(colors.bg0)}, {"bg1", hex(colors.bg1)}, {"bg2", hex(colors.bg2)}, {"bg3", hex(colors.bg3)},
            {"bg4", hex(colors.bg4)}, {"field", hex(colors.field)}, {"pop", hex(colors.pop)}, {"line", hex(colors.line)},
            {"line2", hex(colors.line2)}, {"text1", hex(colors.text1)}, {"text2", hex(colors.text2)}, {"text3", hex(colors.text3)},
            {"accent", hex(colors.accent)}, {"onAccent", hex(colors.onAccent)}, {"error", hex(colors.error)},
            {"warning", hex(colors.warning)}, {"ok", hex(colors.ok)}, {"warningBack", hex(mixColors(colors.bg1, colors.warning, 0.12))}, {"okBack", hex(mixColors(colors.bg1, colors.ok, 0.12))},
            {"pressed", hex(mixColors(colors.bg4, black, 0.06))},
            {"faded", hex(mixColors(colors.bg1, colors.text1, 0.35))}, {"selection", hex(mixColors(colors.field, colors.accent, 0.30))},
            {"accentHover", hex(mixColors(colors.accent, light ? black : white, 0.10))},
            {"accentPressed", hex(mixColors(colors.accent, black, 0.12))},
            {"arrowDown", file("arrow-down")}, {"arrowUp", file("arrow-up")},
            {"switchOn", file("switch-on")}, {"switchOff", file("switch-off")}};
}

}  // namespace

QString themeStyleSheet(const Tokens& colors) {
    const QString source = QString::fromLatin1(kControls) + QString::fromLatin1(kViews);
    const QHash<QString, QString> values = substitutions(colors);
    QString result;
    result.reserve(source.size() * 2);
    for (qsizetype i = 0; i < source.size(); ++i) {
        if (source[i] != QLatin1Char('@')) {
            result += source[i];
            continue;
        }
        qsizetype end = i + 1;
        while (end < source.size() && source[end].isLetterOrNumber())
            ++end;
        result += values.value(source.mid(i + 1, end - i - 1));
        i = end - 1;
    }
    return result;
}

}  // namespace convolab
