#pragma once

class QAction;
class QObject;

namespace convolab {

class Theme;

/// The menu's switch between light and dark; the choice is kept for the next start.
QAction* makeLightThemeAction(Theme& theme, QObject* parent);

}  // namespace convolab
