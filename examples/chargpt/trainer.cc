#include "trainer.h"

#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "etch/etch.h"

namespace chargpt {
namespace {

namespace F = etch::nn::functional;
namespace fs = std::filesystem;
using etch::Tensor;

etch::nn::models::GptOptions model_options(const Settings& s, const Text& text) {
  return {.vocab = text.vocab(),
          .context = s.context,
          .dim = s.dim,
          .heads = s.heads,
          .layers = s.layers,
          .dropout = s.dropout};
}

void throw_unless_ok(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(std::string(status.message()));
}

}  // namespace

Trainer::Trainer(const Settings& settings, const Text& text)
    : settings_(settings),
      text_(text),
      net_((etch::manual_seed(settings.seed),
            etch::nn::make<etch::nn::models::Gpt>(model_options(settings, text)))),
      optimizer_(net_->parameters(), {.lr = settings.lr}),
      held_out_(held_out_batches(text, settings.batch, settings.context)) {
  training_.add("model", net_).add("optimizer", optimizer_);
  net_->init_weights(0.02);
  compile_programs();
}

void Trainer::compile_programs() {
  auto mean_loss = [this](const Tensor& x, const Tensor& y, etch::nn::Reduction reduction) {
    Tensor logits = net_(x).reshape({y.size(0), text_.vocab()});
    return F::cross_entropy(logits, y, {.reduction = reduction});
  };
  auto step = etch::compile(
      [this, mean_loss](Tensor x, Tensor y) {
        optimizer_.zero_grad();
        Tensor loss = mean_loss(x, y, etch::nn::Reduction::kMean);
        loss.backward();
        etch::nn::utils::clip_grad_norm_(net_->parameters(), 1.0);
        optimizer_.step();
        return loss;
      },
      {.name = "train_step", .num_threads = settings_.threads});
  train_step_ = step;
  explain_ = [step] { return step.explain(); };
  eval_loss_ = etch::compile(
      [mean_loss](Tensor x, Tensor y) {
        etch::no_grad no_grad;
        return mean_loss(x, y, etch::nn::Reduction::kSum);
      },
      {.name = "eval_loss", .num_threads = settings_.threads});
}

double Trainer::step() {
  Batch batch = training_batch(text_, settings_.batch, settings_.context, settings_.seed, steps_);
  double loss = train_step_(batch.x, batch.y).item<float>();
  ++steps_;
  curve_.add_train(steps_, loss);
  return loss;
}

double Trainer::held_out_loss() {
  net_->eval();
  double sum = 0;
  for (const Batch& batch : held_out_) sum += eval_loss_(batch.x, batch.y).item<float>();
  net_->train();
  double loss = sum / static_cast<double>(text_.held_out.size() - 1);
  curve_.add_held_out(steps_, loss);
  return loss;
}

std::map<std::string, std::string> Trainer::notes() const {
  std::map<std::string, std::string> notes = settings_.to_notes();
  notes["program"] = "chargpt";
  notes["text"] = text_.fingerprint;
  notes["curve"] = curve_.to_text();
  return notes;
}

void Trainer::save() const {
  throw_unless_ok(etch::nn::save_checkpoint(settings_.checkpoint, training_,
                                            {.step = steps_, .notes = notes()}));
}

void Trainer::restore(const etch::nn::Checkpoint& checkpoint) {
  const auto& notes = checkpoint.progress.notes;
  auto text = notes.find("text");
  if (text == notes.end() || text->second != text_.fingerprint)
    throw std::runtime_error(checkpoint.path +
                             " was trained on another text; name that one by --text, or train anew "
                             "without --resume");
  throw_unless_ok(etch::nn::restore_checkpoint(checkpoint, training_));
  if (settings_.given.contains("lr")) optimizer_.set_lr(settings_.lr);
  steps_ = checkpoint.progress.step;
  auto curve = notes.find("curve");
  if (curve != notes.end()) curve_ = Curve::from_text(curve->second);
}

etch::nn::Checkpoint read_to_resume(Settings& settings) {
  absl::StatusOr<etch::nn::Checkpoint> checkpoint = etch::nn::read_checkpoint(settings.checkpoint);
  if (absl::IsNotFound(checkpoint.status()))
    throw std::runtime_error("there is no checkpoint " + settings.checkpoint +
                             " to resume; leave --resume out to train anew");
  throw_unless_ok(checkpoint.status());
  settings.take_notes(checkpoint->progress.notes, settings.checkpoint);
  return *std::move(checkpoint);
}

void check_writable(const Settings& settings) {
  std::error_code error;
  for (const std::string& file : {settings.checkpoint, settings.plot}) {
    if (file.empty()) throw std::runtime_error("--checkpoint and --plot want the name of a file");
    fs::path folder = fs::absolute(file).parent_path();
    if (!fs::is_directory(folder, error))
      throw std::runtime_error("cannot write " + file + ": there is no folder " + folder.string());
    if (access(folder.c_str(), W_OK) != 0)
      throw std::runtime_error("cannot write " + file + ": no permission to write into " +
                               folder.string());
    if (fs::is_directory(file, error))
      throw std::runtime_error("cannot write " + file + ": it is a folder");
  }
  if (settings.resume || !fs::exists(settings.checkpoint, error)) return;
  auto existing = etch::nn::read_checkpoint(settings.checkpoint);
  if (!existing.ok() || !existing->progress.notes.contains("program"))
    throw std::runtime_error(settings.checkpoint +
                             " exists and is no whole checkpoint of chargpt; remove it or choose "
                             "another --checkpoint");
}

}  // namespace chargpt
