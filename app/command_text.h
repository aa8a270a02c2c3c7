#pragma once

#include <QString>

namespace convolab {

struct Device;
class LabDocument;

/// The command line that does the document's training on a device: a preset by name if the network is one, else the
/// document's file, into which everything that is pending is written first.
QString trainCommand(LabDocument& document, const Device& device);

}  // namespace convolab
