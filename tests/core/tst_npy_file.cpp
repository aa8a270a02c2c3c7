// Numbers for NumPy: the bytes of the format, which numpy.lib.format documents.
#include <QtTest>
#include <cstring>

#include "core/tensor/npy_file.h"

using namespace convolab;

namespace {

QByteArray written(const Tensor& tensor) {
    const QTemporaryDir folder;
    const QString path = folder.filePath("a.npy");
    if (!writeNpy(path.toStdString(), tensor.view()).ok()) return {};
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray{};
}

}  // namespace

class TestNpyFile : public QObject {
    Q_OBJECT

  private slots:
    void headerAndValues_data() {
        QTest::addColumn<QList<qint64>>("extents");
        QTest::addColumn<QByteArray>("tuple");
        QTest::newRow("vector") << QList<qint64>{5} << QByteArray("(5,)");
        QTest::newRow("matrix") << QList<qint64>{2, 3} << QByteArray("(2, 3)");
        QTest::newRow("filters") << QList<qint64>{2, 1, 3, 3} << QByteArray("(2, 1, 3, 3)");
        QTest::newRow("long numbers") << QList<qint64>{1, 12345} << QByteArray("(1, 12345)");
    }
    void headerAndValues() {
        QFETCH(QList<qint64>, extents);
        QFETCH(QByteArray, tuple);
        Tensor tensor(Shape(std::vector<std::int64_t>(extents.begin(), extents.end())));
        for (std::int64_t i = 0; i < tensor.size(); ++i) tensor.data()[i] = 0.25F * static_cast<float>(i) - 1.0F;
        const QByteArray bytes = written(tensor);
        QVERIFY(bytes.startsWith(QByteArray("\x93NUMPY\x01\x00", 8)));
        const int header = static_cast<unsigned char>(bytes[8]) + 256 * static_cast<unsigned char>(bytes[9]);
        QCOMPARE((10 + header) % 64, 0);
        QCOMPARE(bytes[9 + header], '\n');
        const QByteArray expected = "{'descr': '<f4', 'fortran_order': False, 'shape': " + tuple + ", }";
        QCOMPARE(bytes.mid(10, header).trimmed(), expected);
        QCOMPARE(bytes.size(), 10 + header + 4 * tensor.size());
        QCOMPARE(std::memcmp(bytes.constData() + 10 + header, tensor.data(), static_cast<std::size_t>(4 * tensor.size())), 0);
    }

    void saysWhyItCannotBeWritten() {
        const Tensor tensor(Shape{3});
        const Status status = writeNpy("/proc/nowhere/a.npy", tensor.view());
        QVERIFY(!status.ok());
        QCOMPARE(status.error().code, ErrorCode::IoFailure);
    }
};

QTEST_GUILESS_MAIN(TestNpyFile)
#include "tst_npy_file.moc"
