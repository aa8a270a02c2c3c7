#include "app/cli/bench/contender.h"

#include <nlohmann/json.hpp>

#include "app/cli/bench/peer_script.h"
#include "app/cli/console.h"
#include "core/graph/analysis.h"
#include "core/graph/spec_json.h"
#include "core/layers/layer_kind.h"

namespace convolab {

namespace {

using Json = nlohmann::json;

constexpr std::pair<const char*, const char*> kKeepMemory[] = {
    {"MALLOC_TRIM_THRESHOLD_", "1073741824"}, {"MALLOC_MMAP_THRESHOLD_", "1073741824"}, {"MALLOC_TOP_PAD_", "67108864"}};

/// The layers in execution order with all their attributes: what a reader needs who does not know our schemas.
Json layersJson(const NetworkSpec& spec, const Analysis& analysis) {
    Json layers = Json::array();
    for (const NodeId id : analysis.order) {
        const Node& node = *spec.node(id);
        const NodeAnalysis& found = *analysis.find(id);
        const auto complete = completeAttributes(findLayerKind(node.kind)->attributes, node.attributes);
        Json attributes = Json::object(), sources = Json::array(), shapes = Json::array();
        for (const auto& [key, value] : complete.value().values()) {
            std::visit([&, name = key](const auto& content) { attributes[name] = content; }, value);
        }
        for (const Edge* edge : spec.edgesInto(id)) sources.push_back(edge->from.node.value);
        for (const auto& shape : found.inputs) shapes.push_back(shape->extents());
        layers.push_back({{"id", id.value}, {"kind", node.kind}, {"inputs", sources}, {"attributes", attributes},
                          {"input_shapes", shapes}, {"output", found.output->extents()}});
    }
    return layers;
}

Json requestFor(const Contender& contender, const BenchCase& what, const std::filesystem::path& file) {
    Json request = {{"task", stepTaskName(what.task)}, {"batch", what.batch}, {"threads", what.threads}};
    if (contender.isOurs()) {
        request["spec"] = specToJson(what.spec);
        return request;
    }
    const Analysis analysis = analyze(what.spec);
    request["engine"] = contender.engine;
    request["channels_last"] = contender.channelsLast;
    request["compile"] = contender.compile;
    request["layers"] = layersJson(what.spec, analysis);
    request["parameters"] = analysis.total.parameters;
    request["onnx"] = file.string();
    return request;
}

Error failed(const std::string& name, const std::string& why) {
    return Error{ErrorCode::IoFailure, (name.empty() ? "our own process" : name) + ": " + why, "", ""};
}

Result<Json> asked(LineProcess& process, const std::string& name, const Json& request) {
    const auto line = process.ask(request.dump(), [] { return !interrupted(); });
    if (interrupted()) return Error{ErrorCode::Cancelled, "interrupted", "", ""};
    if (!line) return failed(name, "the process ended without an answer (--verbose shows what it says)");
    Json answer = Json::parse(*line, nullptr, false);
    if (!answer.is_object()) return failed(name, "an answer that is no JSON object");
    if (answer.contains("missing")) {
        return Error{ErrorCode::NotFound, answer["missing"].get<std::string>() + " is not installed", "", ""};
    }
    if (answer.contains("error")) return failed(name, answer["error"].get<std::string>());
    return answer;
}

}  // namespace

std::vector<Contender> peersFor(const std::vector<std::string>& words, bool compile) {
    std::vector<Contender> peers;
    for (const std::string& word : words) {
        if (word == "pytorch") {
            peers.push_back({.name = "pytorch_eager", .engine = word});
            peers.push_back({.name = "pytorch_channels_last", .engine = word, .channelsLast = true, .keepsMemory = true});
            if (compile) peers.push_back({.name = "pytorch_compile", .engine = word, .compile = true, .keepsMemory = true});
        } else if (word == "onnxruntime") {
            peers.push_back({.name = "onnxruntime", .engine = word, .trains = false});
        }
    }
    return peers;
}

Result<RunningContender> RunningContender::start(const Contender& contender, const BenchCase& what,
                                                 const std::filesystem::path& file, const std::string& python, bool loud) {
    std::vector<std::string> command{python, "-c", kPeerScript};
    if (contender.isOurs()) command = {"/proc/self/exe", "bench", "--serve"};
    std::vector<std::pair<std::string, std::string>> environment{{"OMP_NUM_THREADS", std::to_string(what.threads)}};
    if (contender.keepsMemory) environment.insert(environment.end(), std::begin(kKeepMemory), std::end(kKeepMemory));
    CONVOLAB_ASSIGN(auto process, LineProcess::start(command, environment, loud));
    RunningContender running(contender.name, std::move(process));
    CONVOLAB_ASSIGN(const Json answer, asked(running.m_process, running.m_name, requestFor(contender, what, file)));
    const std::int64_t parameters = analyze(what.spec).total.parameters;
    if (!answer.contains("parameters") || answer["parameters"] != parameters) {
        return failed(contender.name, "it built a network of another size: the comparison would say nothing");
    }
    running.m_version = answer.value("version", "");
    return running;
}

Result<Sample> RunningContender::run(std::int64_t steps) {
    CONVOLAB_ASSIGN(const Json answer, asked(m_process, m_name, {{"steps", steps}}));
    if (!answer.contains("seconds") || !answer["seconds"].is_number()) return failed(m_name, "an answer without a time");
    return Sample{answer["seconds"].get<double>(), answer.value("peak_bytes", std::int64_t{0})};
}

}  // namespace convolab
