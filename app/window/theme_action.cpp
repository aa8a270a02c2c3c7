#include "app/window/theme_action.h"

#include <QAction>
#include <QSettings>

#include "widgets/theme/theme.h"

namespace convolab {

QAction* makeLightThemeAction(Theme& theme, QObject* parent) {
    auto* action = new QAction(QObject::tr("Light theme"), parent);
    action->setObjectName(QStringLiteral("lightThemeAction"));
    action->setCheckable(true);
    action->setChecked(theme.mode() == ThemeMode::Light);
    QObject::connect(action, &QAction::toggled, &theme, [&theme](bool light) {
        theme.setMode(light ? ThemeMode::Light : ThemeMode::Dark);
        QSettings().setValue(QStringLiteral("theme"), light ? QStringLiteral("light") : QStringLiteral("dark"));
    });
    return action;
}

}  // namespace convolab
