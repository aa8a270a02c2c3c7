// Maps and tables of numbers as text, CSV and SVG.
#pragma once

#include "widgets/instruments/instrument.h"
#include "widgets/maps/value_scale.h"

#include <string>
#include <vector>

namespace convolab {

// Row-major values with what they are.
struct ValueTable {
    std::string title;
    int rows = 0, columns = 0;
    std::vector<float> values;
    ValueScale scale;
};

std::string tableText(const ValueTable& table);  // tabs between columns
std::string tableCsv(const ValueTable& table);   // every digit of a float
InstrumentExport mapExport(ValueTable table);    // the picture without numbers
InstrumentExport gridExport(ValueTable table);   // cells with their numbers
// Several maps in rows of `columns`: CSV and text one below the other under their captions.
InstrumentExport mosaicExport(const std::string& title, std::vector<ValueTable> maps, int columns);

// How many decimals tell the values of a small table apart: 0 for whole numbers, otherwise 2, 1 or 0 by their size.
int tableDecimals(std::span<const float> values);

}  // namespace convolab
