// Runs the program as a child process, as a person at a terminal without a display would.
#pragma once

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QProcessEnvironment>
#include <QStringList>
#include <QTemporaryDir>

namespace convolab::testing {

struct ProgramResult {
    int exitCode = -1;
    bool crashed = true;
    QByteArray out, err;

    // The last line of stdout as a JSON object; empty if it is none.
    QJsonObject lastObject() const {
        return QJsonDocument::fromJson(out.trimmed().split('\n').last()).object();
    }
    QList<QByteArray> errorLines() const {
        return err.trimmed().isEmpty() ? QList<QByteArray>{} : err.trimmed().split('\n');
    }
};

// $CONVOLAB_PROGRAM, else the program of this build.
inline QString programPath() {
    return qEnvironmentVariable("CONVOLAB_PROGRAM", QStringLiteral(CONVOLAB_PROGRAM));
}

inline QProcessEnvironment programEnvironment(const QString& home) {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "CONVOLAB_DATA"}) {
        environment.remove(QString::fromLatin1(name));
    }
    environment.insert(QStringLiteral("HOME"), home);
    environment.insert(QStringLiteral("XDG_DATA_HOME"), home + QStringLiteral("/.local/share"));
    return environment;
}

// A folder of its own in which the program runs; it vanishes with the test.
class Workplace {
  public:
    QString path(const QString& name) const { return m_folder.filePath(name); }
    QByteArray read(const QString& name) const {
        QFile file(path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray{};
    }
    void write(const QString& name, const QByteArray& bytes) const {
        QDir(m_folder.path()).mkpath(QFileInfo(path(name)).path());
        QFile file(path(name));
        if (file.open(QIODevice::WriteOnly)) file.write(bytes);
    }
    QStringList list(const QString& folder) const {
        return QDir(path(folder))
            .entryList(QDir::Files | QDir::Dirs | QDir::Hidden | QDir::NoDotAndDotDot, QDir::Name);
    }

    void prepare(QProcess& process, const QStringList& arguments) const {
        process.setProcessEnvironment(programEnvironment(m_folder.path()));
        process.setWorkingDirectory(m_folder.path());
        process.setProgram(programPath());
        process.setArguments(arguments);
    }
    static ProgramResult finish(QProcess& process) {
        ProgramResult result;
        if (!process.waitForFinished(kLongestRun)) {
            process.kill();
            process.waitForFinished();
        }
        result.crashed = process.exitStatus() != QProcess::NormalExit;
        result.exitCode = process.exitCode();
        result.out = process.readAllStandardOutput();
        result.err = process.readAllStandardError();
        return result;
    }
    ProgramResult run(const QStringList& arguments) const {
        QProcess process;
        prepare(process, arguments);
        process.start();
        return finish(process);
    }
    // "train lenet-like --data digits": words separated by blanks.
    ProgramResult run(const char* words) const {
        return run(QString::fromUtf8(words).split(QLatin1Char(' '), Qt::SkipEmptyParts));
    }
    ProgramResult runShell(const QString& script) const {
        QProcess process;
        prepare(process, {});
        process.setProgram(QStringLiteral("/bin/sh"));
        process.setArguments({QStringLiteral("-c"), script, QStringLiteral("sh"), programPath()});
        process.start();
        return finish(process);
    }

  private:
    static constexpr int kLongestRun = 240'000;  // milliseconds
    QTemporaryDir m_folder;
};

// The smallest training that still validates: 6 steps on one thread.
inline const char* const kTinyTraining =
    "train lenet-like --data digits --limit 200 --batch 32 --steps 6 --validation-every 3 --threads 1 "
    "--quiet";

}  // namespace convolab::testing
