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

constexpr std::size_t kMostQuoted = 80;

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
    Json request = {{"task", stepTaskName(what.task)}, {"batch", what.batch}, {"threads", what.threads}, {"device", what.device}};
    if (contender.isOurs()) {
        request["spec"] = specToJson(what.spec);
        return request;
    }
    const Analysis analysis = analyze(what.spec);
    request["engine"] = contender.engine;
    request["channels_last"] = contender.channelsLast;
    request["compile"] = contender.compile;
    request["graphs"] = contender.graphs;
    request["layers"] = layersJson(what.spec, analysis);
    request["parameters"] = analysis.total.parameters;
    request["onnx"] = file.string();
    return request;
}

/// A text of an answer, whatever else may be there.
std::string textOf(const Json& answer, const char* key) {
    const auto found = answer.find(key);
    if (found == answer.end()) return "";
    return found->is_string() ? found->get<std::string>() : found->dump();
}

Error failed(const std::string& why, ErrorCode code = ErrorCode::IoFailure) { return Error{code, why, "", ""}; }

Error ended(LineProcess& process) {
    const std::string words = process.lastWords();
    return failed("the process ended without an answer" + (words.empty() ? words : " (" + words + ")"));
}

Result<Json> asked(LineProcess& process, const Json& request, double timeout) {
    const auto [outcome, line] = process.ask(request.dump(), timeout, [] { return !interrupted(); });
    using enum LineProcess::Outcome;
    if (outcome == Stopped || interrupted()) return Error{ErrorCode::Cancelled, "interrupted", "", ""};
    if (outcome == TimedOut) return failed("no answer within " + durationText(timeout));
    if (outcome == Ended) return ended(process);
    Json answer = Json::parse(line, nullptr, false);
    if (!answer.is_object()) return failed("an answer that is no JSON object: \"" + line.substr(0, kMostQuoted) + "\"");
    if (answer.contains("missing")) {
        return Error{ErrorCode::NotFound, textOf(answer, "missing") + " is not installed", "", ""};
    }
    if (!answer.contains("error")) return answer;
    return failed(textOf(answer, "error"), textOf(answer, "unsupported") == "true" ? ErrorCode::Unsupported : ErrorCode::IoFailure);
}

}  // namespace

std::vector<Contender> peersFor(const std::vector<std::string>& words, bool compile, bool onGpu) {
    std::vector<Contender> peers;
    const bool kept = !onGpu;  // of the processor's memory
    for (const std::string& word : words) {
        if (word == "pytorch") {
            peers.push_back({.name = "pytorch_eager", .engine = word});
            if (kept) peers.push_back({.name = "pytorch_eager_kept", .engine = word, .keepsMemory = true});
            peers.push_back({.name = "pytorch_channels_last", .engine = word, .channelsLast = true, .keepsMemory = kept});
            if (compile) peers.push_back({.name = "pytorch_compile", .engine = word, .compile = true, .keepsMemory = kept});
            if (compile && onGpu) peers.push_back({.name = "pytorch_cuda_graphs", .engine = word, .compile = true, .graphs = true});
        } else if (word == "onnxruntime") {
            peers.push_back({.name = "onnxruntime", .engine = word, .trains = false});
        }
    }
    return peers;
}

std::string keptMemoryText() {
    std::string text;
    for (const auto& [name, value] : kKeepMemory) text += (text.empty() ? "" : " ") + std::string(name) + "=" + value;
    return text;
}

Result<RunningContender> RunningContender::start(const Contender& contender, const BenchCase& what,
                                                 const std::filesystem::path& file, const PeerOptions& options) {
    std::vector<std::string> command{options.python, "-c", kPeerScript};
    if (contender.isOurs()) command = {"/proc/self/exe", "bench", "--serve"};
    std::vector<std::pair<std::string, std::string>> environment{{"OMP_NUM_THREADS", std::to_string(what.threads)}};
    // How long our threads spin is our choice and no peer's.
    if (!contender.isOurs()) environment.emplace_back("GOMP_SPINCOUNT", "");
    if (contender.keepsMemory) environment.insert(environment.end(), std::begin(kKeepMemory), std::end(kKeepMemory));
    CONVOLAB_ASSIGN(auto process, LineProcess::start(command, environment, options.loud));
    RunningContender running(contender.name, std::move(process), options.timeout);
    CONVOLAB_ASSIGN(const Json answer, asked(running.m_process, requestFor(contender, what, file), options.timeout));
    const std::int64_t parameters = analyze(what.spec).total.parameters;
    if (!answer.contains("parameters") || answer["parameters"] != parameters) {
        return failed("it built a network of another size: the comparison would say nothing", ErrorCode::Unsupported);
    }
    running.m_version = textOf(answer, "version");
    return running;
}

Result<Sample> RunningContender::run(std::int64_t steps) {
    CONVOLAB_ASSIGN(const Json answer, asked(m_process, {{"steps", steps}}, m_timeout));
    const auto seconds = answer.find("seconds"), bytes = answer.find("peak_bytes");
    if (seconds == answer.end() || !seconds->is_number() || !(seconds->get<double>() > 0.0)) return failed("an answer without a time");
    return Sample{seconds->get<double>(), bytes != answer.end() && bytes->is_number() ? bytes->get<std::int64_t>() : 0};
}

}  // namespace convolab
