// Documents: what is written comes back, a killed writer loses at most a second, and every wrong file gets a
// sentence.
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/graph/spec_json.h"
#include "core/project/project_file.h"
#include "tests/core/tiny_training.h"

using namespace convolab;
using namespace convolab::testing;
namespace fs = std::filesystem;

namespace {

void writeBytes(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

std::string readBytes(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void runSql(const fs::path& file, const std::string& sql) {
    sqlite3* database = nullptr;
    if (sqlite3_open(file.c_str(), &database) != SQLITE_OK) throw std::runtime_error("open");
    if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error("exec");
    sqlite3_close(database);
}

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

History rowsUpTo(std::int64_t first, std::int64_t last) {
    History rows;
    for (std::int64_t step = first; step <= last; ++step) {
        const auto x = static_cast<double>(step);
        rows.steps.push_back({step, x / 100.0, 1.0 / x, 0.5, 1e-3, x * 0.01, 64});
    }
    return rows;
}

// What older documents look like: format 1 knows nothing of robustness, format 2 nothing of versions.
constexpr const char* kToFormat1 = "DROP TABLE robustness; DROP TABLE versions; DROP TABLE tried; DROP TABLE training_memory; DROP TABLE moves; PRAGMA user_version = 1";
constexpr const char* kToFormat3 = "DROP TABLE training_memory; DROP TABLE moves; PRAGMA user_version = 3";
constexpr const char* kToFormat2 = "DROP TABLE versions; DROP TABLE tried; DROP TABLE training_memory; DROP TABLE moves; PRAGMA user_version = 2";

// 0 if the read-only file is read, and writing to it answers with a sentence; else the number of what went
// wrong.
int readOnlyProblem(const fs::path& file) {
    const auto project = ProjectFile::open(file);
    if (!project.ok()) return 1;
    if (!(*project)->readOnly()) return 2;
    const auto before = (*project)->readSpec();
    if (!before.ok() || !(*before == tinyNetwork())) return 3;
    if ((*project)->lastError()) return 4;
    const auto history = (*project)->readHistory(1);
    if (!history.ok() || history->steps.size() != 2000 || !history->robust.empty()) return 7;
    const auto versions = (*project)->readVersions();
    const auto tried = (*project)->readTriedPoints();
    if (!versions.ok() || !versions->empty() || !tried.ok() || !tried->empty()) return 8;
    if ((*project)->readVersionWeights(1).ok() || (*project)->readTriedWeights(1, tinyNetwork()).ok()) return 9;
    (*project)->writeSpec(NetworkSpec{});
    const auto error = (*project)->lastError();
    if (!error || error->sentence().find("is read-only") == std::string::npos) return 5;
    const auto after = (*project)->readSpec();
    return after.ok() && *after == tinyNetwork() ? 0 : 6;
}

bool onlyFileIn(const fs::path& folder, const fs::path& file) {
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path() != file) return false;
    }
    return fs::exists(file);
}

}  // namespace

class TestProjectFile : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    int m_number = 0;

    fs::path freshPath() {
        const fs::path folder = fs::path(m_folder.path().toStdString()) / std::to_string(++m_number);
        fs::create_directory(folder);
        return folder / "test.convolab";
    }
    fs::path documentWithNetwork() {
        const fs::path file = freshPath();
        const auto project = mustCreate(file);
        project->writeSpec(tinyNetwork());
        const auto run = project->beginRun(tinyNetwork(), tinyRecipe(), "cpu");
        project->appendMetrics(run, rowsUpTo(1, 2000));
        return file;
    }
    static std::string problemOf(const fs::path& file) {
        const auto project = ProjectFile::open(file);
        return project.ok() ? "(no error)" : project.error().sentence();
    }

  private slots:
    void everythingComesBack() {
        const fs::path file = freshPath();
        auto loop = TrainingLoop::create(tinyNetwork(), tinyDataset(), tinyRecipe());
        QVERIFY(loop.ok());
        for (int i = 0; i < 12; ++i) QVERIFY((*loop)->runStep().ok());
        const Checkpoint checkpoint = (*loop)->checkpoint();
        {
            const auto project = mustCreate(file);
            QVERIFY(!project->readSpec().ok());
            QVERIFY(project->readRuns()->empty());
            project->writeSpec(tinyNetwork());
            project->writeRecipe(tinyRecipe());
            project->writeSetting("zoom", "1.5");
            const std::int64_t run = project->beginRun(tinyNetwork(), tinyRecipe(), "cpu, 2 threads");
            QCOMPARE(run, std::int64_t{1});
            project->appendMetrics(run, (*loop)->history());
            project->writeCheckpoint(run, checkpoint);
            project->endRun(run, "done", checkpoint.bestAccuracy);
            QCOMPARE(project->beginRun(tinyNetwork(), tinyRecipe(), "cpu", "pruned"), std::int64_t{2});
        }
        QVERIFY(onlyFileIn(file.parent_path(), file));  // one file lies at rest
        const auto project = mustOpen(file);
        QVERIFY(*project->readSpec() == tinyNetwork());
        QVERIFY(*project->readRecipe() == tinyRecipe());
        QCOMPARE(**project->readSetting("zoom"), std::string("1.5"));
        QVERIFY(!project->readSetting("pan")->has_value());
        const auto runs = project->readRuns();
        QCOMPARE(runs->size(), std::size_t{2});
        QCOMPARE(runs->at(0).title, std::string("run 1"));
        QCOMPARE(runs->at(0).state, std::string("done"));
        QCOMPARE(runs->at(0).device, std::string("cpu, 2 threads"));
        QCOMPARE(runs->at(0).bestAccuracy, checkpoint.bestAccuracy);
        QVERIFY(runs->at(0).startedAt.ends_with("Z") && runs->at(0).startedAt.size() == 20);
        QVERIFY(*recipeFromJson(runs->at(0).recipeJson) == tinyRecipe());
        QCOMPARE(runs->at(1).title, std::string("pruned"));
        QCOMPARE(runs->at(1).state, std::string("paused"));  // it was cut off
        const auto history = project->readHistory(1);
        QCOMPARE(history->steps.size(), std::size_t{12});
        QCOMPARE(history->steps.back().loss, (*loop)->history().steps.back().loss);
        QCOMPARE(history->steps.back().images, (*loop)->history().steps.back().images);
        QCOMPARE(history->validation.size(), std::size_t{2});
        QCOMPARE(history->trainClean.back().loss, (*loop)->history().trainClean.back().loss);
        const auto read = project->readLastCheckpoint(1);
        QVERIFY(read.ok() && read->has_value());
        QVERIFY(sameState(**read, checkpoint));
        QCOMPARE((*read)->seconds, checkpoint.seconds);
        QVERIFY(sameWeights(**project->readBestWeights(1), *(*loop)->bestWeights()));
        QVERIFY(!project->readLastCheckpoint(2)->has_value());
        QVERIFY(!project->readLastCheckpoint(99).ok());
        QCOMPARE(project->beginRun(tinyNetwork(), tinyRecipe(), "cpu"), std::int64_t{3});
    }

    // Where a run went on on another device, in order; those behind a step that is made again go with it.
    void movesBetweenDevices() {
        const fs::path file = freshPath();
        const DeviceMove first{4, 0.8, "cpu", "cuda:0"}, second{4, 0.8, "cuda:0", "cuda:0,cuda:1"}, third{9, 1.8, "cuda:0,cuda:1", "cpu"};
        const auto rows = [](std::int64_t from, std::int64_t to, std::vector<DeviceMove> moves) {
            History history = rowsUpTo(from, to);
            history.moves = std::move(moves);
            return history;
        };
        {
            const auto project = mustCreate(file);
            project->beginRun(tinyNetwork(), tinyRecipe(), "cpu");
            project->appendMetrics(1, rows(1, 4, {first}));
            project->appendMetrics(1, rows(1, 0, {second}));
            project->appendMetrics(1, rows(5, 12, {third}));
            project->beginRun(tinyNetwork(), tinyRecipe(), "cpu");
            QVERIFY(project->flush().ok());
        }
        const auto project = mustOpen(file);
        QCOMPARE(project->readHistory(1)->moves, (std::vector{first, second, third}));
        QVERIFY(project->readHistory(2)->moves.empty());
        QCOMPARE(moveText(first), std::string("CPU → CUDA"));
        QCOMPARE(moveText(second), std::string("CUDA → 2 GPUs"));
        QCOMPARE(moveText({0, 0.0, "cuda:1", "cuda:1 bf16"}), std::string("CUDA 1 → CUDA 1 bf16"));
        // A crash: the run goes on from step 6, without the move that came later.
        project->appendMetrics(1, rows(7, 12, {}));
        QCOMPARE(project->readHistory(1)->moves, (std::vector{first, second}));
        History history = *project->readHistory(1);
        dropRowsAfter(3, history);
        QVERIFY(history.moves.empty());
    }

    void resumesThroughTheFileBitForBit_data() {
        QTest::addColumn<QString>("schedule");
        QTest::newRow("plain") << "";
        QTest::newRow("everything on") << "plateau:patience=0,factor=0.5,threshold=0.2";
    }
    void resumesThroughTheFileBitForBit() {
        QFETCH(QString, schedule);
        const Recipe trained = schedule.isEmpty() ? tinyRecipe() : thoroughRecipe(schedule.toStdString());
        const fs::path file = freshPath();
        const auto run = [](TrainingLoop& loop, int steps) {
            for (int i = 0; i < steps; ++i) QVERIFY(loop.runStep().ok());
        };
        auto straight = TrainingLoop::create(tinyNetwork(), tinyDataset(), trained);
        run(**straight, 30);
        {
            auto first = TrainingLoop::create(tinyNetwork(), tinyDataset(), trained);
            run(**first, 13);
            const auto project = mustCreate(file);
            project->beginRun(tinyNetwork(), trained, "cpu");
            project->writeCheckpoint(1, (*first)->checkpoint());
        }
        const auto project = mustOpen(file);
        const auto runs = project->readRuns();
        const auto spec = specFromJson(runs->at(0).specJson);
        const auto recipe = recipeFromJson(runs->at(0).recipeJson);
        const auto checkpoint = project->readLastCheckpoint(1);
        QVERIFY(checkpoint.ok() && checkpoint->has_value());
        auto second = TrainingLoop::create(*spec, tinyDataset(), *recipe, &**checkpoint);
        QVERIFY(second.ok());
        run(**second, 17);
        QVERIFY(sameState((*straight)->checkpoint(), (*second)->checkpoint()));
    }

    void aKilledWriterLosesAtMostTheLastSecond() {
        const fs::path file = freshPath();
        int pipe[2];
        QCOMPARE(::pipe(pipe), 0);
        const pid_t child = ::fork();
        QVERIFY(child >= 0);
        if (child == 0) {
            auto project = ProjectFile::create(file);
            if (!project.ok()) ::_exit(1);
            (*project)->writeSpec(tinyNetwork());
            const auto run = (*project)->beginRun(tinyNetwork(), tinyRecipe(), "cpu");
            for (std::int64_t step = 1;; ++step) {
                (*project)->appendMetrics(run, rowsUpTo(step, step));
                if (::write(pipe[1], &step, sizeof step) != sizeof step) ::_exit(2);
                ::usleep(2000);
            }
        }
        ::close(pipe[1]);
        // The last step that was handed over at least a second before the end.
        QElapsedTimer timer;
        timer.start();
        std::int64_t step = 0, old = 0;
        while (timer.elapsed() < 2000) {
            if (::read(pipe[0], &step, sizeof step) != sizeof step) break;
            if (timer.elapsed() < 1000) old = step;
        }
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        ::close(pipe[0]);
        QVERIFY(WIFSIGNALED(status));
        QVERIFY(old > 10);

        const auto project = mustOpen(file);
        QVERIFY(*project->readSpec() == tinyNetwork());
        const auto history = project->readHistory(1);
        QVERIFY(history.ok());
        const auto kept = static_cast<std::int64_t>(history->steps.size());
        QVERIFY2(kept >= old, qPrintable(QStringLiteral("%1 rows, %2 were a second old").arg(kept).arg(old)));
        QCOMPARE(history->steps.back().step, kept);
        QCOMPARE(project->readRuns()->at(0).state, std::string("paused"));
    }

    void replayedStepsReplaceTheOldOnes() {
        const auto project = mustCreate(freshPath());
        const auto run = project->beginRun(tinyNetwork(), tinyRecipe(), "cpu");
        project->appendMetrics(run, rowsUpTo(1, 20));
        project->appendMetrics(run, rowsUpTo(11, 30));
        QCOMPARE(project->readHistory(run)->steps.size(), std::size_t{30});
    }

    void wrongFilesAreExplained() {
        const fs::path file = freshPath();
        const auto expect = [&](const std::string& part) {
            const std::string problem = problemOf(file);
            QVERIFY2(problem.find(part) != std::string::npos, problem.c_str());
        };
        expect("there is no file");
        writeBytes(file, "");
        expect("is empty");
        writeBytes(file, "Dear diary,\ntoday I trained a network.\n");
        expect("is a text file, not a Convolab document");
        std::string picture("\x89PNG\r\n\x1a\n\0\0\0\0", 12);
        picture.append(5000, '\x7');
        writeBytes(file, picture);
        expect("is not a Convolab document");
        fs::remove(file);
        fs::create_directory(file);
        expect("is a folder");
        fs::remove(file);
        runSql(file, "CREATE TABLE birds(name); INSERT INTO birds VALUES('wren')");
        expect("is a database of another program");
        fs::remove(file);
        { static_cast<void>(mustCreate(file)); }
        runSql(file, "PRAGMA user_version = 7");
        expect("was written by a newer version of Convolab (format 7; this one reads up to 5)");
        runSql(file, "PRAGMA user_version = 2; DROP TABLE robustness");
        expect("tables are missing");
        runSql(file, "PRAGMA user_version = 3; DROP TABLE tried");
        expect("tables are missing");
        runSql(file, "PRAGMA user_version = 1; DROP TABLE steps");
        expect("tables are missing");
    }

    void oldDocumentsAreBroughtUpToDate() {
        const fs::path file = documentWithNetwork();
        runSql(file, kToFormat1);
        const RobustMetrics row{.step = 5, .epoch = 1.0, .fgsm = 0.9, .pgd = 0.25, .images = 256};
        {
            const auto project = mustOpen(file);
            QVERIFY(*project->readSpec() == tinyNetwork());
            QCOMPARE(project->readHistory(1)->steps.size(), std::size_t{2000});
            QVERIFY(project->readHistory(1)->robust.empty());
            History rows;
            rows.robust = {row};
            project->appendMetrics(1, rows);
            rows.robust[0].fgsm = 0.95;  // replayed
            project->appendMetrics(1, rows);
            rows.robust[0].step = 10;
            project->appendMetrics(1, rows);
            QVERIFY(project->flush().ok());
        }
        const auto project = mustOpen(file);
        const auto history = project->readHistory(1);
        QCOMPARE(history->robust.size(), std::size_t{2});
        QCOMPARE(history->robust[0].fgsm, 0.95);
        QCOMPARE(history->robust[0].pgd, 0.25);
        QCOMPARE(history->robust[0].epoch, 1.0);
        QCOMPARE(history->robust[0].images, std::int64_t{256});
        QCOMPARE(history->robust[1].step, std::int64_t{10});
    }

    void truncatedFilesAreExplained() {
        const std::string whole = readBytes(documentWithNetwork());
        QVERIFY(whole.size() > 20'000);
        const fs::path file = freshPath();
        for (const std::size_t length :
             {std::size_t{50}, std::size_t{1000}, std::size_t{5000}, whole.size() / 2}) {
            writeBytes(file, whole.substr(0, length));
            const std::string problem = problemOf(file);
            QVERIFY2(problem.find("is truncated or damaged") != std::string::npos, problem.c_str());
        }
    }

    void aSecondOpenerIsTold() {
        const fs::path file = documentWithNetwork();
        const std::string sentence = "is open in another window or program";
        // The other process starts before this one opens the file: what it inherits would know of the lock.
        int pipe[2];
        QCOMPARE(::pipe(pipe), 0);
        const pid_t child = ::fork();
        QVERIFY(child >= 0);
        if (child == 0) {
            char go = 0;
            if (::read(pipe[0], &go, 1) != 1) ::_exit(2);
            ::_exit(problemOf(file).find(sentence) != std::string::npos ? 0 : 1);
        }
        const auto project = mustOpen(file);
        const std::string inside = problemOf(file);
        QVERIFY2(inside.find(sentence) != std::string::npos, inside.c_str());
        QCOMPARE(::write(pipe[1], "g", 1), ssize_t{1});
        ::close(pipe[0]);
        ::close(pipe[1]);
        int status = 0;
        ::waitpid(child, &status, 0);
        QCOMPARE(status, 0);
        QVERIFY(!ProjectFile::create(file).ok());
        project->writeSetting("still", "writable");
        QVERIFY(project->flush().ok());
    }

    void aFileThatCannotBeWrittenIsOpenedForReading_data() {
        QTest::addColumn<int>("format");
        QTest::newRow("of this format") << ProjectFile::kFormatVersion;
        QTest::newRow("of format 1") << 1;
        QTest::newRow("of format 2") << 2;
        QTest::newRow("of format 3") << 3;
    }
    void aFileThatCannotBeWrittenIsOpenedForReading() {
        QFETCH(int, format);
        const fs::path file = documentWithNetwork();
        if (format == 1) runSql(file, kToFormat1);
        if (format == 2) runSql(file, kToFormat2);
        if (format == 3) runSql(file, kToFormat3);
        fs::permissions(file, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
        fs::permissions(m_folder.path().toStdString(),
                        fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
        // In a process of its own: permissions do not stop root, so it becomes somebody else.
        const pid_t child = ::fork();
        QVERIFY(child >= 0);
        if (child == 0) {
            if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(10);
            ::_exit(readOnlyProblem(file));
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        QVERIFY(WIFEXITED(status));
        QCOMPARE(WEXITSTATUS(status), 0);
    }

    void aFullDiskIsToldAndNothingIsLost() {
        const fs::path file = freshPath();
        const auto project = mustCreate(file);
        const auto run = project->beginRun(tinyNetwork(), tinyRecipe(), "cpu");
        QVERIFY(project->flush().ok());
        QVERIFY(!project->lastError());
        // No file may grow any more, which is how a full disk looks from here.
        ::signal(SIGXFSZ, SIG_IGN);
        rlimit old{};
        QCOMPARE(::getrlimit(RLIMIT_FSIZE, &old), 0);
        const rlimit small{.rlim_cur = 1024, .rlim_max = old.rlim_max};
        QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
        project->appendMetrics(run, rowsUpTo(1, 3000));
        const Status flushed = project->flush();
        const auto error = project->lastError();
        project->appendMetrics(run, rowsUpTo(3001, 3010));
        ::setrlimit(RLIMIT_FSIZE, &old);
        QVERIFY(!flushed.ok());
        QVERIFY(error && error->code == ErrorCode::IoFailure);
        QVERIFY2(error->sentence().find("nothing is lost") != std::string::npos, error->sentence().c_str());
        QVERIFY(project->flush().ok());
        QVERIFY(!project->lastError());
        QCOMPARE(project->readHistory(run)->steps.size(), std::size_t{3010});
    }

    void copiesAreWholeAndAtomic() {
        const fs::path file = documentWithNetwork();
        const auto project = mustOpen(file);
        project->writeSetting("zoom", "2");
        const fs::path copy = freshPath();
        writeBytes(copy, "something that lay there before");
        const Status saved = project->saveCopy(copy);
        QVERIFY2(saved.ok(), saved.ok() ? "" : saved.error().sentence().c_str());
        QVERIFY(onlyFileIn(copy.parent_path(), copy));
        {
            const auto other = mustOpen(copy);
            QCOMPARE(**other->readSetting("zoom"), std::string("2"));
            QCOMPARE(other->readHistory(1)->steps.size(), std::size_t{2000});
            QVERIFY(!project->saveCopy(copy).ok());  // it is open now
        }
        QVERIFY(project->saveCopy(file).ok());  // onto itself: it is there already
        const Status nowhere = project->saveCopy("/nonexistent/folder/x.convolab");
        QVERIFY(!nowhere.ok());
        QVERIFY(
            nowhere.error().sentence().starts_with("/nonexistent/folder/x.convolab could not be written"));
        QVERIFY(!project->saveCopy(m_folder.path().toStdString()).ok());
        QVERIFY(project->readSpec().ok());
    }

    void createReplaces() {
        const fs::path file = documentWithNetwork();
        const auto project = mustCreate(file);
        QVERIFY(project->readRuns()->empty());
        QVERIFY(!ProjectFile::create("/nonexistent/x.convolab").ok());
        QVERIFY(!ProjectFile::create(m_folder.path().toStdString()).ok());
    }
};

QTEST_GUILESS_MAIN(TestProjectFile)
#include "tst_project_file.moc"
