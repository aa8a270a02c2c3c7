// The four ways in which a picture leaves the program: as text, CSV, PNG and SVG, by the clipboard.
#pragma once

#include "widgets/instruments/instrument.h"

class QMenu;

namespace convolab {

// Adds the actions copyText, copyCsv, copyPng and copySvg. PNG is the SVG at twice its size.
void addExportActions(QMenu& menu, const InstrumentExport& source, ThemeMode mode);

}  // namespace convolab
