// The text files of the checkout, as the architecture test looks at them.
#pragma once

#include <QString>
#include <QStringList>
#include <vector>

namespace convolab::testing {

struct SourceFile {
    QString path;  // from the root, with slashes: core/graph/network_spec.h
    QStringList lines;

    QString folder() const { return path.section('/', 0, -2); }
    QString name() const { return path.section('/', -1); }
    QString room() const { return path.section('/', 0, 0); }
    bool endsWith(const QStringList& suffixes) const;
};

struct Include {
    const SourceFile* file;
    int line;        // counts from 1
    QString target;  // between the quotes or brackets
    bool quoted;
};

// Every text file below the root but those of version control and build folders.
std::vector<SourceFile> readTree(const QString& root);

// The #include lines of a C++ or CUDA file.
std::vector<Include> includesOf(const SourceFile& file);

bool isSource(const SourceFile& file);  // .h .cpp .cu .cuh

}  // namespace convolab::testing
