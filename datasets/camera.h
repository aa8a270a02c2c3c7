#pragma once

#include <functional>
#include <memory>

#include "core/util/result.h"
#include "datasets/picture.h"

namespace convolab {

/// The first camera of this computer. Frames are read on a thread of its own, made small there (256 pixels on the short
/// side: more than any small network looks at), and handed over as they come. Nothing is printed.
class Camera {
  public:
    using FrameHandler = std::function<void(Picture)>;  ///< on the camera's thread: an RGB frame
    using EndHandler = std::function<void(Error)>;      ///< on the camera's thread: it stopped giving pictures

    Camera(FrameHandler frame, EndHandler end);
    ~Camera();  ///< neither handler is called after; waits for a camera that hangs at most 50 ms

    /// Why no camera can be opened, without opening one: there is no device, or this user may not read it.
    static Status available();
    /// Whether the module that reads cameras (camera_module.h) can be loaded; loads it.
    static Status support();

  private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace convolab
