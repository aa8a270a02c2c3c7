#include <QCoreApplication>

#include "app/lenses/look_inside/inspect_tool.h"
#include "app/lenses/look_inside/tools/confusion_tool.h"
#include "app/lenses/look_inside/tools/kernels_tool.h"
#include "app/lenses/look_inside/tools/maps_tool.h"
#include "app/lenses/look_inside/tools/maximise_tool.h"
#include "app/lenses/look_inside/tools/microscope_tool.h"
#include "app/lenses/look_inside/tools/receptive_field_tool.h"
#include "app/lenses/look_inside/tools/why_tool.h"

namespace convolab {

namespace {

bool has(const NetworkSpec& spec, std::initializer_list<const char*> kinds) {
    for (const Node& node : spec.nodes())
        for (const char* kind : kinds)
            if (node.kind == kind) return true;
    return false;
}

QString never(const NetworkSpec&) { return {}; }

QString withoutWeights(const NetworkSpec& spec) {
    return has(spec, {"conv2d", "dense"}) ? QString()
                                          : QCoreApplication::translate("InspectTool", "This network has no convolution and no dense layer, so it has no kernels to show.");
}

QString withoutWindows(const NetworkSpec& spec) {
    return has(spec, {"conv2d", "max_pool", "avg_pool", "adaptive_max_pool", "adaptive_avg_pool"})
               ? QString()
               : QCoreApplication::translate("InspectTool", "This network has no convolution and no pooling: every unit sees the whole image.");
}

template <class Tool>
InspectTool* make(const InspectContext& context) {
    return new Tool(context);
}

}  // namespace

const std::vector<InspectToolEntry>& inspectTools() {
    static const std::vector<InspectToolEntry> tools{
        {"kernels", QT_TRANSLATE_NOOP("InspectTool", "Kernels"), QT_TRANSLATE_NOOP("InspectTool", "The weights as pictures and as numbers"), "kernels", withoutWeights, make<KernelsTool>},
        {"maps", QT_TRANSLATE_NOOP("InspectTool", "Maps"), QT_TRANSLATE_NOOP("InspectTool", "What each filter answers to the image"), "maps", never, make<MapsTool>},
        {"microscope", QT_TRANSLATE_NOOP("InspectTool", "Microscope"), QT_TRANSLATE_NOOP("InspectTool", "One value written out, with the numbers really computed"), "microscope", never, make<MicroscopeTool>},
        {"why", QT_TRANSLATE_NOOP("InspectTool", "Why"), QT_TRANSLATE_NOOP("InspectTool", "Where in the image the evidence is"), "why", never, make<WhyTool>},
        {"maximise", QT_TRANSLATE_NOOP("InspectTool", "Maximise"), QT_TRANSLATE_NOOP("InspectTool", "The image that excites a unit most"), "star", never, make<MaximiseTool>},
        {"field", QT_TRANSLATE_NOOP("InspectTool", "Field"), QT_TRANSLATE_NOOP("InspectTool", "Receptive field: which pixels a value sees"), "receptive-field", withoutWindows, make<ReceptiveFieldTool>},
        {"confusion", QT_TRANSLATE_NOOP("InspectTool", "Confusion"), QT_TRANSLATE_NOOP("InspectTool", "Which class is taken for which, with the images"), "confusion", never, make<ConfusionTool>},
    };
    return tools;
}

}  // namespace convolab
