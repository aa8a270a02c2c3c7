#pragma once

#include <QString>

namespace convolab {

class LabDocument;

/// The command line that does the document's training: a preset by name if the network is one, else the
/// document's file.
QString trainCommand(const LabDocument& document);

}  // namespace convolab
