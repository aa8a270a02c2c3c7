#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace convolab {

/// What kind of thing went wrong; stable, so that callers and translations can rely on it.
enum class ErrorCode {
    InvalidArgument,     ///< a value that a person gave is out of range
    NotFound,            ///< a preset, data set, file or layer that does not exist
    InvalidSpec,         ///< the network cannot be compiled as it stands
    ShapeMismatch,       ///< two shapes that have to agree do not
    CorruptFile,         ///< a file that is truncated or not what it claims to be
    UnsupportedVersion,  ///< a file written by a newer version
    IoFailure,           ///< reading or writing failed (permissions, full disk)
    OutOfMemory,
    DeviceUnavailable,
    Diverged,     ///< training reached NaN or infinity
    Cancelled,    ///< somebody asked to stop
    Unsupported,  ///< a valid wish that this version cannot fulfil
    Internal,     ///< a broken invariant, caught at a seam
};

/// The answer to something that cannot be done. `message` says what is wrong with the numbers in it, `node` names
/// the layer (may be empty), `hint` says what to do about it (may be empty).
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;
    std::string node;
    std::string hint;

    /// "[Conv 1] kernel 7×7 is larger than the padded input 5×5: make the kernel 5×5 or add padding"
    std::string sentence() const {
        std::string text = node.empty() ? std::string{} : "[" + node + "] ";
        text += message;
        if (!hint.empty()) text += ": " + hint;
        return text;
    }
};

/// Either a value or an Error. Rejections of what a user can cause travel this way; nothing is thrown for them.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}

    bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }

    T& value() & { return std::get<0>(m_state); }
    const T& value() const& { return std::get<0>(m_state); }
    T&& value() && { return std::get<0>(std::move(m_state)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

    const Error& error() const { return std::get<1>(m_state); }

  private:
    std::variant<T, Error> m_state;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : m_error(std::move(error)) {}

    bool ok() const { return !m_error; }
    explicit operator bool() const { return ok(); }
    const Error& error() const { return *m_error; }

  private:
    std::optional<Error> m_error;
};

using Status = Result<void>;

}  // namespace convolab

#define CONVOLAB_CONCAT_INNER(a, b) a##b
#define CONVOLAB_CONCAT(a, b) CONVOLAB_CONCAT_INNER(a, b)

/// Returns the error of `expression` (a Result) from the enclosing function, or goes on.
#define CONVOLAB_RETURN_IF_ERROR(expression)                                  \
    do {                                                                      \
        if (auto convolabStatus = (expression); !convolabStatus.ok()) return convolabStatus.error(); \
    } while (false)

/// `CONVOLAB_ASSIGN(auto shape, inferShape(...));` declares or assigns the value, or returns the error.
#define CONVOLAB_ASSIGN(target, expression) \
    CONVOLAB_ASSIGN_NAMED(CONVOLAB_CONCAT(convolabResult, __LINE__), target, expression)
#define CONVOLAB_ASSIGN_NAMED(result, target, expression) \
    auto result = (expression);                           \
    if (!result.ok()) return result.error();              \
    target = std::move(result).value()
