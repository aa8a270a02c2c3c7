// What a document keeps beside its network: versions, and the compression plans that were tried.
#include <QTemporaryDir>
#include <QTest>

#include <filesystem>

#include "core/graph/spec_json.h"
#include "core/project/project_file.h"
#include "core/project/version_rows.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;
namespace fs = std::filesystem;

namespace {

std::unique_ptr<ProjectFile> mustCreate(const fs::path& file) {
    auto project = ProjectFile::create(file);
    if (!project.ok()) throw std::runtime_error(project.error().sentence());
    return std::move(project).value();
}

std::unique_ptr<ProjectFile> mustOpen(const fs::path& file) {
    auto project = ProjectFile::open(file);
    if (!project.ok()) throw std::runtime_error(project.error().sentence());
    return std::move(project).value();
}

WeightSet tinyWeights() {
    const NetworkSpec network = tinyNetwork();
    return initialWeights(network, analyze(network), 5);
}

}  // namespace

class TestKeptVersions : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_number = 0;

    fs::path freshPath() { return fs::path(m_folder.path().toStdString()) / (std::to_string(++m_number) + ".convolab"); }

  private slots:
    void documentsOfFormat2TakeVersions() {
        const fs::path file = freshPath();
        {
            const auto project = mustCreate(file);
            project->writeSpec(tinyNetwork());
            project->beginRun(tinyNetwork(), tinyRecipe(), "cpu");
        }
        SqliteConnection connection;
        QVERIFY(connection.open(file, SqliteConnection::Mode::ReadWrite).ok());
        QVERIFY(connection.execute("DROP TABLE versions; DROP TABLE tried; DROP TABLE training_memory; DROP TABLE moves; PRAGMA user_version = 2").ok());
        {
            const auto project = mustOpen(file);
            QVERIFY(project->readVersions()->empty());
            QVERIFY(project->readTriedPoints()->empty());
            QCOMPARE(project->writeVersion({.name = "kept", .kind = "pruned", .specJson = specToJson(tinyNetwork())},
                                           std::make_shared<const WeightSet>(tinyWeights())),
                     std::int64_t{1});
        }
        const auto project = mustOpen(file);
        QCOMPARE(project->readVersions()->size(), std::size_t{1});
        QVERIFY(*project->readSpec() == tinyNetwork());
        QCOMPARE(project->readRuns()->size(), std::size_t{1});
    }

    void versionsAreKept() {
        const fs::path file = freshPath();
        auto weights = std::make_shared<WeightSet>(tinyWeights());
        weights->step = 17;
        const std::string spec = specToJson(tinyNetwork());
        {
            const auto project = mustCreate(file);
            QVERIFY(project->readVersions()->empty());
            QCOMPARE(project->writeVersion({.name = "pruned 92 %", .kind = "pruned", .specJson = spec, .planJson = "{\"a\": 1}",
                                            .noteJson = "{\"accuracy\": 0.98}"},
                                           weights),
                     std::int64_t{1});
            QCOMPARE(project->writeVersion({.name = "other", .kind = "dense", .specJson = spec}, weights), std::int64_t{2});
            QCOMPARE(project->writeVersion({.name = "third", .kind = "dense", .specJson = spec}, weights), std::int64_t{3});
            project->renameVersion(2, "smaller");
            project->removeVersion(3);
        }
        const auto project = mustOpen(file);
        const auto versions = project->readVersions();
        QVERIFY(versions.ok());
        QCOMPARE(versions->size(), std::size_t{2});
        const VersionInfo& first = versions->at(0);
        QCOMPARE(first.id, std::int64_t{1});
        QCOMPARE(first.name, std::string("pruned 92 %"));
        QCOMPARE(first.kind, std::string("pruned"));
        QCOMPARE(first.specJson, spec);
        QCOMPARE(first.planJson, std::string("{\"a\": 1}"));
        QCOMPARE(first.noteJson, std::string("{\"accuracy\": 0.98}"));
        QVERIFY(first.createdAt.ends_with("Z") && first.createdAt.size() == 20);
        QCOMPARE(versions->at(1).name, std::string("smaller"));
        const auto read = project->readVersionWeights(1);
        QVERIFY(read.ok());
        QVERIFY(sameWeights(*read, *weights));
        QCOMPARE(read->step, std::int64_t{17});
        const auto gone = project->readVersionWeights(3);
        QVERIFY(!gone.ok());
        QVERIFY(gone.error().sentence().find("has no version 3") != std::string::npos);
        QCOMPARE(project->writeVersion({.name = "next", .kind = "dense", .specJson = spec}, weights), std::int64_t{3});
    }

    void aVersionWithTooFewValuesIsExplained() {
        const fs::path file = freshPath();
        {
            const auto project = mustCreate(file);
            auto weights = std::make_shared<WeightSet>(tinyWeights());
            weights->parameters.pop_back();
            project->writeVersion({.name = "short", .kind = "pruned", .specJson = specToJson(tinyNetwork())}, weights);
        }
        const auto read = mustOpen(file)->readVersionWeights(1);
        QVERIFY(!read.ok());
        QVERIFY2(read.error().sentence().find("the version \"short\" has") != std::string::npos, read.error().sentence().c_str());
    }

    void triedPointsAreKept() {
        const fs::path file = freshPath();
        const auto weights = std::make_shared<const WeightSet>(tinyWeights());
        {
            const auto project = mustCreate(file);
            TriedPoint point{.network = "n", .base = "b", .planJson = "{}", .bytes = 1234, .accuracy = 0.75,
                             .split = "validation", .images = 1000};
            QCOMPARE(project->writeTriedPoint(point, nullptr), std::int64_t{1});
            point.fineTuned = true;
            QCOMPARE(project->writeTriedPoint(point, weights), std::int64_t{2});
            QCOMPARE(project->writeTriedPoint(point, nullptr), std::int64_t{3});
            project->removeTriedPoint(3);
        }
        const auto project = mustOpen(file);
        const auto points = project->readTriedPoints();
        QVERIFY(points.ok());
        QCOMPARE(points->size(), std::size_t{2});
        const TriedPoint& first = points->at(0);
        QCOMPARE(first.network, std::string("n"));
        QCOMPARE(first.base, std::string("b"));
        QCOMPARE(first.planJson, std::string("{}"));
        QCOMPARE(first.bytes, std::int64_t{1234});
        QCOMPARE(first.accuracy, 0.75);
        QCOMPARE(first.split, std::string("validation"));
        QCOMPARE(first.images, std::int64_t{1000});
        QVERIFY(!first.fineTuned && !first.hasWeights);
        QVERIFY(points->at(1).fineTuned && points->at(1).hasWeights);
        QVERIFY(sameWeights(*project->readTriedWeights(2, tinyNetwork()), *weights));
        QVERIFY(!project->readTriedWeights(1, tinyNetwork()).ok());
    }

    void weightsOfTheOldestPointsGoFirst() {
        const fs::path file = freshPath();
        const auto weights = std::make_shared<const WeightSet>(tinyWeights());
        const auto bytes = static_cast<std::int64_t>((weights->parameters.size() + weights->statistics.size()) * sizeof(float));
        {
            const auto project = mustCreate(file);
            for (int i = 0; i < 4; ++i) project->writeTriedPoint({.network = "n", .base = "b", .fineTuned = true}, weights);
        }
        {
            SqliteConnection connection;
            QVERIFY(connection.open(file, SqliteConnection::Mode::ReadWrite).ok());
            QVERIFY(thinTried(connection, bytes * 2 + 1).ok());
        }
        const auto points = mustOpen(file)->readTriedPoints();
        QCOMPARE(points->size(), std::size_t{4});
        QVERIFY(!points->at(0).hasWeights && !points->at(1).hasWeights);
        QVERIFY(points->at(2).hasWeights && points->at(3).hasWeights);
    }
};

QTEST_GUILESS_MAIN(TestKeptVersions)
#include "tst_kept_versions.moc"
