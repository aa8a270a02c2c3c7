#pragma once

#include <exception>
#include <utility>

#include "core/util/result.h"

namespace convolab {

/// A device failed in the middle of a computation whose results cannot say so. Thrown by models on such devices, caught by the
/// training loop and whoever else drives them; what main memory holds of the weights is then what is left.
class DeviceLost : public std::exception {
  public:
    explicit DeviceLost(Error reason) : error(std::move(reason)), m_text(error.sentence()) {}
    const char* what() const noexcept override { return m_text.c_str(); }

    const Error error;

  private:
    std::string m_text;
};

}  // namespace convolab
