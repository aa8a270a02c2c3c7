#pragma once

#include <QMenu>
#include <functional>
#include <vector>

#include "app/devices.h"

class QActionGroup;

namespace convolab {

class BackgroundJob;

/// The menu of the device button: the processor and the GPUs to choose from, and why some cannot be chosen. GPUs are looked for
/// when the menu opens for the first time, on a thread of their own: nothing is loaded for a person who never asks.
class DeviceMenu : public QMenu {
    Q_OBJECT

  public:
    using Finder = std::function<std::vector<Device>()>;

    explicit DeviceMenu(Finder gpus = gpuDevices, QWidget* parent = nullptr);
    void setCurrent(const std::string& id);  ///< of the device that wears the mark

  signals:
    void chosen(const Device& device);

  private:
    void addDevice(const Device& device);
    void look();
    void fill(const std::vector<Device>& gpus);
    QAction* addNote(const QString& text);

    Finder m_gpus;
    BackgroundJob* m_job;
    QActionGroup* m_choice;
    QAction* m_looking = nullptr;  ///< null once the GPUs are shown
    std::string m_current = "cpu";
};

}  // namespace convolab
