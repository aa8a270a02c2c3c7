#pragma once

#include <QMenu>
#include <functional>
#include <vector>

#include "app/devices.h"

namespace convolab {

class BackgroundJob;

/// The menu of the device button: the processor, which trains, and the GPUs with why they do not. GPUs are looked for when the menu opens for
/// the first time, on a thread of their own: nothing is loaded for a person who never asks.
class DeviceMenu : public QMenu {
    Q_OBJECT

  public:
    using Finder = std::function<std::vector<Device>()>;

    explicit DeviceMenu(Finder gpus = gpuDevices, QWidget* parent = nullptr);

  private:
    void look();
    void fill(const std::vector<Device>& gpus);
    QAction* addNote(const QString& text);

    Finder m_gpus;
    BackgroundJob* m_job;
    QAction* m_looking = nullptr;  ///< null once the GPUs are shown
};

}  // namespace convolab
