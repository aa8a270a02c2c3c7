#pragma once

#include <dlfcn.h>

#include <string>
#include <type_traits>

namespace convolab::gpu {

/// Takes functions out of a shared library; the first thing that is missing is the problem.
class OpenLibrary {
  public:
    explicit OpenLibrary(std::string name) : m_name(std::move(name)), m_file(::dlopen(m_name.c_str(), RTLD_NOW | RTLD_LOCAL)) {
        if (m_file == nullptr) m_problem = m_name + " is missing or cannot be loaded";
    }
    template <class Function>
    void take(Function& function, const char* symbol) {
        if (m_file == nullptr) return;
        function = reinterpret_cast<Function>(::dlsym(m_file, symbol));
        if (function == nullptr && m_problem.empty()) m_problem = m_name + " has no " + symbol;
    }
    const std::string& problem() const { return m_problem; }

  private:
    std::string m_name, m_problem;
    void* m_file;  // stays open: handles of it live until the program ends
};

}  // namespace convolab::gpu
