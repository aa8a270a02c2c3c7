// Precompiled for canvas, palette and inspector: the Qt classes that most of their files use.
#pragma once

#include <QApplication>
#include <QHash>
#include <QPainter>
#include <QString>
#include <QVector>
#include <QWidget>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>
