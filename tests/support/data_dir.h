// Where tests find real data sets: $CONVOLAB_DATA, which holds mnist/, fashion-mnist/, cifar-10-batches-bin/, photos/.
#pragma once

#include <QByteArray>
#include <QDir>
#include <QString>

namespace convolab::testing {

// The folder of one data set, or an empty string where it is absent.
inline QString dataFolder(const QString& name) {
    const QString root = qEnvironmentVariable("CONVOLAB_DATA");
    if (root.isEmpty() || !QDir(root).exists(name)) return {};
    return QDir(root).absoluteFilePath(name);
}

// The sentence for QSKIP where a data set is absent.
inline QByteArray missingDataMessage(const QString& name) {
    const QString root = qEnvironmentVariable("CONVOLAB_DATA");
    const QString where = root.isEmpty() ? QStringLiteral("CONVOLAB_DATA is not set")
                                         : QStringLiteral("$CONVOLAB_DATA/%1 does not exist").arg(name);
    return QStringLiteral("%1: set it to a folder that holds %2/ to run this test").arg(where, name).toUtf8();
}

}  // namespace convolab::testing

// Skips the test function where the data set is absent; else `folder` names its folder.
#define CONVOLAB_NEEDS_DATA(folder, name)                                   \
    const QString folder = ::convolab::testing::dataFolder(name);           \
    if (folder.isEmpty()) {                                                 \
        QSKIP(::convolab::testing::missingDataMessage(name).constData());   \
    }
