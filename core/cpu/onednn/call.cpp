#include "core/cpu/onednn/call.h"

namespace convolab::onednn {

void Call::operator()(Scratch* scratch) {
    const auto found = arguments.find(DNNL_ARG_SCRATCHPAD);
    if (found != arguments.end()) found->second.set_data_handle(scratch->data());
    if (list.empty()) {
        for (const auto& [index, argument] : arguments) list.push_back({index, argument.get(true)});
    }
    dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive.get(), stream().get(), static_cast<int>(list.size()), list.data()),
                            "could not execute a primitive");
}

Call makeReorder(const dnnl::memory& from, const dnnl::memory& to) {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const dnnl::reorder::primitive_desc description(from, to, attributes);
    Call call{dnnl::reorder(description), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}};
    if (description.scratchpad_desc().get_size() > 0) {
        call.arguments.emplace(DNNL_ARG_SCRATCHPAD, dnnl::memory(description.scratchpad_desc(), engine(), nullptr));
    }
    return call;
}

}  // namespace convolab::onednn
