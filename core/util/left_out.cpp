#include "core/util/left_out.h"

#include <algorithm>

#include "core/util/check.h"

namespace convolab {

Error leftOutError(const std::string& library, const std::string& what, const std::string& instead) {
    const auto row = std::ranges::find(leftOut(), library, &LeftOut::library);
    CONVOLAB_CHECK(row != leftOut().end(), library + " is not left out of this program");
    return {ErrorCode::Unsupported, what + " needs " + library + ", which this program was built without", {},
            (instead.empty() ? "" : instead + ", or ") + "install " + row->packages + " and build again"};
}

}  // namespace convolab
