// Makes the golden files with other people's implementations:
//   tokenizers/{qwen,llama3,digits}.json  variants of tokenizers/ours.json in the spellings of other families
//   tokenizers/chat-{chatml,llama3}.json  the same with the special tokens of their conversations
//   golden-ids.json                       the ids of every text of texts.json by every tokenizer (@huggingface/tokenizers)
//   golden-chat.json                      every conversation rendered by the chat template (@huggingface/jinja), null where it is refused
//   golden-chat-{chatml,llama3}.json      the same by the templates of other families, with the ids of what was rendered
import { readFileSync, writeFileSync } from "node:fs";
import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const write = (name, value) => writeFileSync(new URL(name, import.meta.url), JSON.stringify(value, null, 1) + "\n");

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const rest = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const split = (regex) => ({ type: "Split", pattern: { Regex: regex }, behavior: "Isolated", invert: false });
const bytes = (use_regex) => ({ type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex });
const sequence = (...pretokenizers) => ({ type: "Sequence", pretokenizers });
const added = (id, content, special) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special });

function variant(change) {
  const file = read("tokenizers/ours.json");
  const next = Object.keys(file.model.vocab).length;
  change(file, next);
  return file;
}

function speaking(change, ...specials) {
  return variant((file, next) => {
    change(file, next);
    specials.forEach((special, id) => {
      const own = file.added_tokens.find((token) => token.id === id);
      delete file.model.vocab[own.content];
      file.model.vocab[own.content = special] = id;
    });
  });
}

const tokenizers = {
  ours: read("tokenizers/ours.json"),
  qwen: variant((file, next) => {
    file.normalizer = { type: "NFC" };
    file.pre_tokenizer = sequence(split(`${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${rest}`), bytes(false));
    file.model.merges = file.model.merges.map((merge) => merge.split(" "));
    file.added_tokens.push(added(next, "<tool_call>", false), added(next + 1, "</tool_call>", false));
  }),
  llama3: variant((file, next) => {
    file.pre_tokenizer = sequence(split(`${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}${rest}`), bytes(false));
    file.model.ignore_merges = true;
    file.model.vocab["Ġunreachable"] = next;
  }),
  digits: variant((file) => {
    file.pre_tokenizer = sequence({ type: "Digits", individual_digits: true }, bytes(true));
  }),
};

const speakers = {
  chatml: speaking((file) => {
    file.normalizer = { type: "NFC" };
    file.pre_tokenizer = sequence(split(`${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${rest}`), bytes(false));
  }, "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|unused|>"),
  llama3: speaking((file) => {
    file.pre_tokenizer = sequence(split(`${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}${rest}`), bytes(false));
    file.model.ignore_merges = true;
  }, "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
};

for (const [name, file] of Object.entries(tokenizers))
  if (name !== "ours") write(`tokenizers/${name}.json`, file);

const texts = read("texts.json");
const config = read("tokenizer_config.json");
write("golden-ids.json", Object.fromEntries(Object.entries(tokenizers).map(([name, file]) => {
  const tokenizer = new Tokenizer(file, config);
  return [name, texts.map((text) => tokenizer.encode(text, { add_special_tokens: false }).ids)];
})));

function rendered(chat_template) {
  const template = new Template(chat_template);
  return read("conversations.json").map((conversation) => {
    try {
      return template.render(conversation);
    } catch {
      return null;
    }
  });
}

write("golden-chat.json", rendered(config.chat_template));
const templates = read("chat-templates.json");
for (const [name, file] of Object.entries(speakers)) {
  write(`tokenizers/chat-${name}.json`, file);
  const tokenizer = new Tokenizer(file, config);
  write(`golden-chat-${name}.json`, rendered(templates[name]).map((text) => text === null ? null : { text, ids: tokenizer.encode(text, { add_special_tokens: false }).ids }));
}
