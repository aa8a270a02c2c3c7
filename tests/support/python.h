// Runs Python with ONNX Runtime ($CONVOLAB_PYTHON, made by tests/run) for tests that ask another runtime.
#pragma once

#include <QByteArray>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QString>
#include <QStringList>

namespace convolab::testing {

struct ScriptResult {
    bool ok = false;
    QByteArray output;
    QByteArray errors;  // what it wrote to stderr, or why it did not start or end
};

// Runs $CONVOLAB_PYTHON with these arguments and waits for its end.
inline ScriptResult runPython(const QStringList& arguments, int timeoutMilliseconds = 60'000) {
    QProcess process;
    process.start(qEnvironmentVariable("CONVOLAB_PYTHON"), arguments);
    if (!process.waitForFinished(timeoutMilliseconds)) {
        const QByteArray why = process.errorString().toUtf8();
        process.kill();
        process.waitForFinished();
        return {false, {}, why};
    }
    const bool ok = process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
    return {ok, process.readAllStandardOutput(), process.readAllStandardError()};
}

// Empty where ONNX Runtime can be used, else the sentence for QSKIP; asks once per process.
inline QByteArray onnxRuntimeMissing() {
    static const QByteArray message = [] {
        if (qEnvironmentVariableIsEmpty("CONVOLAB_PYTHON"))
            return QByteArray("CONVOLAB_PYTHON is not set: tests/run makes a Python with ONNX Runtime");
        const ScriptResult result = runPython({"-c", "import numpy, onnxruntime"});
        return result.ok ? QByteArray() : "CONVOLAB_PYTHON cannot import onnxruntime: " + result.errors.right(300);
    }();
    return message;
}

// Runs an .onnx file on raw little-endian float32 input of this shape. The outputs lie in outputFolder as
// <index>.f32 in the file's order; the returned object is what tests/support/run_onnx.py describes.
inline ScriptResult runOnnx(const QString& onnxFile, const QString& inputFile, const QString& shape,
                            const QString& outputFolder, QJsonObject* description) {
    const ScriptResult result = runPython({QStringLiteral(CONVOLAB_SOURCE_DIR "/tests/support/run_onnx.py"), onnxFile,
                                           "--input", inputFile, "--shape", shape, "--out", outputFolder});
    if (description) *description = QJsonDocument::fromJson(result.output).object();
    return result;
}

// Runs many in one process: a list of {"model", "input", "shape", "out"}; the answers are in the same order.
inline ScriptResult runOnnxJobs(const QString& jobsFile, const QJsonArray& jobs, QJsonArray* descriptions) {
    QFile file(jobsFile);
    if (!file.open(QIODevice::WriteOnly)) return {false, {}, file.errorString().toUtf8()};
    file.write(QJsonDocument(jobs).toJson());
    file.close();
    const ScriptResult result =
        runPython({QStringLiteral(CONVOLAB_SOURCE_DIR "/tests/support/run_onnx.py"), "--jobs", jobsFile});
    if (descriptions) *descriptions = QJsonDocument::fromJson(result.output).array();
    return result;
}

}  // namespace convolab::testing

// Skips the test function where ONNX Runtime is absent.
#define CONVOLAB_NEEDS_ONNX_RUNTIME()                                       \
    if (const QByteArray missing = ::convolab::testing::onnxRuntimeMissing(); !missing.isEmpty()) { \
        QSKIP(missing.constData());                                         \
    }
