#pragma once

#include <type_traits>

/// For the checks that tables of functions, spelled without NVIDIA's headers, have the very types of the headers: enumerations
/// are passed as int, handles and descriptors as void pointers.
namespace convolab::gpu {

template <class T>
struct Plain {
    using type = T;
};
template <class T>
    requires std::is_enum_v<T>
struct Plain<T> {
    using type = int;
};
template <class T>
    requires std::is_enum_v<T>
struct Plain<T*> {
    using type = int*;
};

template <class Result, class... Arguments>
auto plain(Result (*)(Arguments...)) -> typename Plain<Result>::type (*)(typename Plain<Arguments>::type...);

#define CONVOLAB_PLAIN(From, To)  \
    template <>                   \
    struct Plain<From> {          \
        using type = To;          \
    };

#define CONVOLAB_SAME(Table, member, function) static_assert(std::is_same_v<decltype(Table::member), decltype(plain(&function))>, #function)

}  // namespace convolab::gpu
